#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that tells of itself with the OpenTelemetry SDK alone, as any agent does: OTEL_EXPORTER_OTLP_* in the environment say where to.

Prints the trace's id when all has arrived. `--late` ends the outer span only after the inner ones went out; `--gzip` packs what goes out."""
import sys
import time

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

provider = TracerProvider(resource=Resource.create({'service.name': 'otlp-agent', 'service.version': '7'}))
compression = Compression.Gzip if '--gzip' in sys.argv else Compression.NoCompression
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(compression=compression)))
tracer = trace.get_tracer('otlp-agent', '1.2', tracer_provider=provider)

with tracer.start_as_current_span('invoke_agent Planner', attributes={'gen_ai.operation.name': 'invoke_agent'}) as root:
    with tracer.start_as_current_span('plan / think [1]'):
        with tracer.start_as_current_span('chat gpt-4o', kind=SpanKind.CLIENT) as call:
            call.set_attributes({'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o',
                                 'gen_ai.response.model': 'gpt-4o-2024-08-06', 'gen_ai.request.temperature': 0.5,
                                 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 200,
                                 'gen_ai.response.finish_reasons': ['stop'],
                                 'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"2+2?"}]}]',
                                 'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"4"}],"finish_reason":"stop"}]'})
            time.sleep(0.02)
        with tracer.start_as_current_span('execute_tool calculator') as tool:
            tool.set_attributes({'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'calculator', 'gen_ai.tool.call.id': 'c1'})
            tool.record_exception(ValueError('no <b>such</b> number'))
            tool.set_status(Status(StatusCode.ERROR, 'no such number'))
    if '--late' in sys.argv:
        provider.force_flush()
    with tracer.start_as_current_span('chat gpt-4o', kind=SpanKind.CLIENT) as call:
        call.set_attributes({'gen_ai.system': 'openai', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.prompt_tokens': 10,
                             'gen_ai.usage.completion_tokens': 5})
    root.add_event('gen_ai.evaluation.result', {'gen_ai.evaluation.name': 'exact', 'gen_ai.evaluation.score.value': 0.75})
provider.shutdown()
print(format(root.get_span_context().trace_id, '032x'))
