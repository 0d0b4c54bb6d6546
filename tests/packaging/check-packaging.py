#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Static checks of manifest, metainfo, desktop file, schema and icons, as TAP. Usage: check-packaging.py SOURCE BUILD"""
import configparser
import datetime
import json
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

APP_ID = 'io.github.leyden.Leyden'
ALLOWED_ARGS = {'--share=ipc', '--share=network', '--socket=wayland', '--socket=fallback-x11', '--device=dri'}
MANIFEST_KEYS = {'id', 'runtime', 'runtime-version', 'sdk', 'command', 'finish-args', 'cleanup', 'modules', 'build-options'}
MODULE_KEYS = {'name', 'buildsystem', 'builddir', 'config-opts', 'sources', 'run-tests', 'test-commands', 'cleanup'}
MAIN_CATEGORIES = {'Development', 'Utility', 'Science', 'Education'}

source = pathlib.Path(sys.argv[1])
build = pathlib.Path(sys.argv[2])
results = []


def check(name):
    def decorate(function):
        results.append((name, function))
        return function
    return decorate


def run(*command):
    if shutil.which(command[0]) is None:
        return f'skip: {command[0]} is not installed'
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f'{command[0]}: {done.stdout}{done.stderr}'.replace('\n', ' | ')
    return None


def manifest():
    return json.loads((source / 'flatpak' / f'{APP_ID}.json').read_text(encoding='utf-8'))


def metainfo():
    return ElementTree.parse(source / 'data' / f'{APP_ID}.metainfo.xml.in').getroot()


@check('manifest: id, keys, command')
def _():
    data = manifest()
    assert data['id'] == APP_ID and data['command'] == 'leyden'
    assert not set(data) - MANIFEST_KEYS, set(data) - MANIFEST_KEYS
    for module in data['modules']:
        assert not set(module) - MODULE_KEYS, set(module) - MODULE_KEYS
    assert data['modules'][-1]['name'] == 'leyden'


@check('manifest: only the five permissions')
def _():
    extra = set(manifest()['finish-args']) - ALLOWED_ARGS
    assert not extra, extra


@check('manifest: archives are pinned by SHA-256, nothing else is fetched')
def _():
    for module in manifest()['modules']:
        for item in module['sources']:
            assert item['type'] in ('archive', 'dir'), item
            if item['type'] == 'archive':
                assert item['url'].startswith('https://') and re.fullmatch('[0-9a-f]{64}', item['sha256']), item
            else:
                assert (source / 'flatpak' / item['path']).resolve() == source.resolve()


@check('manifest: flatpak-builder reads it without a warning')
def _():
    if shutil.which('flatpak-builder') is None:
        return 'skip: flatpak-builder is not installed'
    done = subprocess.run(['flatpak-builder', '--show-manifest', source / 'flatpak' / f'{APP_ID}.json'],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and 'nknown' not in done.stderr, done.stderr
    return None


@check('metainfo: valid')
def _():
    return run('appstreamcli', 'validate', '--no-net', str(build / 'data' / f'{APP_ID}.metainfo.xml'))


@check('metainfo: what a store asks for')
def _():
    root = metainfo()
    assert root.findtext('name') == 'Leyden'
    summary = root.findtext('summary')
    assert 10 <= len(summary) <= 35 and not summary.endswith('.'), summary
    assert root.find('content_rating').get('type') == 'oars-1.1'
    assert len(root.findall('launchable')) == 1
    shots = root.findall('screenshots/screenshot')
    assert sum(shot.get('type') == 'default' for shot in shots) == 1
    for shot in shots:
        assert shot.findtext('caption'), 'a screenshot without a caption'
        picture = source / 'help' / 'pictures' / shot.findtext('image').rsplit('/', 1)[1]
        assert picture.is_file(), f'{picture} is missing'
    colors = [color.text for color in root.findall('branding/color')]
    assert len(set(colors)) == 2, colors


@check('metainfo: the newest release is this version, and not in the future')
def _():
    release = metainfo().find('releases/release')
    version = re.search(r"version: '([^']+)'", (source / 'meson.build').read_text(encoding='utf-8')).group(1)
    assert release.get('version') == version
    assert datetime.date.fromisoformat(release.get('date')) <= datetime.date.today() + datetime.timedelta(days=1)
    assert release.find('description') is not None


@check('desktop file: valid')
def _():
    return run('desktop-file-validate', str(build / 'data' / f'{APP_ID}.desktop'))


@check('desktop file: names')
def _():
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str
    parser.read(build / 'data' / f'{APP_ID}.desktop', encoding='utf-8')
    entry = parser['Desktop Entry']
    assert entry['Icon'] == APP_ID
    assert '/' not in entry['Exec'].split()[0]
    assert MAIN_CATEGORIES & set(entry['Categories'].split(';'))
    assert 'NoDisplay' not in entry


@check('icons: SVG, named by the id')
def _():
    for path in (f'scalable/apps/{APP_ID}.svg', f'symbolic/apps/{APP_ID}-symbolic.svg'):
        root = ElementTree.parse(source / 'data' / 'icons' / 'hicolor' / path).getroot()
        assert root.tag.endswith('svg') and root.get('viewBox'), path


@check('schema: compiles strictly')
def _():
    return run('glib-compile-schemas', '--strict', '--dry-run', str(source / 'data'))


@check('every template and picture description is well-formed')
def _():
    files = [str(path) for pattern in ('ui/**/*.ui', 'ui/*.xml', 'data/**/*.xml', 'data/**/*.svg')
             for path in source.glob(pattern)]
    return run('xmllint', '--noout', *files)


@check('every source with translatable text is listed in po/POTFILES.in')
def _():
    listed = {line for line in (source / 'po' / 'POTFILES.in').read_text(encoding='utf-8').split('\n')
              if line and not line.startswith('#')}
    for name in listed:
        assert (source / name).is_file(), f'{name} is listed but missing'
    for path in [*source.glob('src/**/*.c'), *source.glob('ui/**/*.ui')]:
        text = path.read_text(encoding='utf-8')
        if re.search(r'(?<![A-Za-z0-9_])(?:N|C|)_ \("', text) or 'translatable="' in text:
            assert str(path.relative_to(source)) in listed, f'{path.relative_to(source)} is not listed'


print(f'1..{len(results)}')
failed = 0
for number, (name, function) in enumerate(results, 1):
    try:
        reason = function()
        print(f'ok {number} {name}' + (f' # SKIP {reason[6:]}' if reason else ''))
    except Exception as error:  # pylint: disable=broad-except
        failed += 1
        print(f'not ok {number} {name}\n# {type(error).__name__}: {error}')
sys.exit(1 if failed else 0)
