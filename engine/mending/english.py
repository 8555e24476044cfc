"""What English writers confuse, leave out and inflect: the tables that candidates are made from."""

from __future__ import annotations

from importlib.resources import files

import regex

WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*")
"""A word with the apostrophes and hyphens in it."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _shipped(name: str) -> tuple[tuple[str, ...], ...]:
    return _rows(files("resources").joinpath("dictionaries", f"{name}.txt").read_text("utf-8"))


def _rows(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in text.strip().splitlines())


CONFUSIONS: dict[str, tuple[str, ...]] = {}
"""Words of one sound or nearly one spelling, and short words that stand for each other, by word."""
for _row in _shipped("confused"):
    for _word in _row:
        CONFUSIONS[_word] = tuple(dict.fromkeys((*CONFUSIONS.get(_word, ()), *(o for o in _row if o != _word))))

MISSING = _words("""
a an the of to in on at for with by from and or but that is are was were be been has have had as it this not you can
will if so do your we they which when also about
""")
"""Short words that are left out."""
EXTRA = frozenset((*MISSING, *_words("there then each any more very")))
"""Short words that are put where none belongs."""
FUNCTION_WORDS = EXTRA - {"will"}
"""Words that are no names even where they begin with a capital."""
ARTICLES = ("a", "an", "the")
APOSTROPHES = {
    word.replace("'", ""): word
    for word in _words("""
don't doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't won't wouldn't can't couldn't shouldn't mustn't
needn't I'm I've you're you've you'll they're they've they'll we've that's there's here's what's who's where's he's
she's it's let's mightn't ain't o'clock could've would've should've he'd she'd you'd they'd
""")
}
"""Contractions, by what they are without their apostrophe."""
SPLIT = {"alot": "a lot", "aswell": "as well", "infact": "in fact", "eachother": "each other", "incase": "in case"}
OF_FOR_HAVE = frozenset(("could", "would", "should", "might", "must"))
_FORMS: dict[str, set[str]] = {}
for _row in _shipped("irregular"):
    for _word in _row:
        _FORMS.setdefault(_word, set()).update(other for other in _row if other != _word)
_VOWELS = "aeiou"


_SHORTEST = 3
"""Letters of a word that rules inflect."""


def forms(word: str) -> set[str]:
    """What may be other inflected forms of a word in small letters; not all of them need exist."""
    found = set(_FORMS.get(word, ()))
    if len(word) < _SHORTEST:
        return found
    stems = {word}
    if word.endswith("s") and not word.endswith("ss") and len(word) > _SHORTEST:
        stems.add(word[:-1])
    if word.endswith("ies"):
        stems.add(word[:-3] + "y")
    if word.endswith("es"):
        stems.add(word[:-2])
    for end in ("ed", "ing"):
        if word.endswith(end) and len(word) > len(end) + 2:
            stem = word[: -len(end)]
            stems |= {stem, stem + "e"}
            if stem[-1] == stem[-2]:
                stems.add(stem[:-1])
    if word.endswith("ied"):
        stems.add(word[:-3] + "y")
    if word.endswith("ly"):
        stems.add(word[:-2])
    for stem in stems:
        found |= {stem, *_endings(stem)}
    return {form for form in found if form != word and len(form) > 1}


def _endings(stem: str) -> set[str]:
    found = {stem + "s", stem + "ed", stem + "ing", stem + "ly"}
    if stem.endswith("y") and stem[-2:-1] not in _VOWELS:
        found |= {stem[:-1] + "ies", stem[:-1] + "ied"}
    if stem.endswith(("s", "x", "z", "ch", "sh", "o")):
        found.add(stem + "es")
    if stem.endswith("e"):
        found |= {stem + "d", stem[:-1] + "ing"}
    if len(stem) > 2 and stem[-1] not in _VOWELS + "wxy" and stem[-2] in _VOWELS:
        found |= {stem + stem[-1] + "ed", stem + stem[-1] + "ing"}
    return found


NUMBER: dict[str, tuple[str, ...]] = {}
"""Verbs and words that point, by number."""
for _one, _many in _rows("""
is are
was were
has have
does do
this these
that those
doesn't don't
isn't aren't
wasn't weren't
hasn't haven't
am is
am are
"""):
    NUMBER[_one] = (*NUMBER.get(_one, ()), _many)
    NUMBER[_many] = (*NUMBER.get(_many, ()), _one)
    CONFUSIONS[_one] = tuple(dict.fromkeys((*CONFUSIONS.get(_one, ()), _many)))
    CONFUSIONS[_many] = tuple(dict.fromkeys((*CONFUSIONS.get(_many, ()), _one)))
SHORT = frozenset(_words("a i an as at be by do go he if in is it me my no of on or so to up us we"))
"""Words of one or two letters that stand by themselves."""
TWICE = frozenset(_words("that had is do very so bye no knock blah ha hear now there well"))
"""Words that may stand twice in a row."""
_SILENT_H = ("hour", "honest", "honor", "honour", "heir")
_LIKE_Y = (
    "uni",
    "unan",
    "use",
    "usu",
    "uti",
    "ub",
    "eu",
    "ew",
    "ura",
    "ure",
    "uro",
    "uto",
    "one",
    "once",
    "ouija",
    "u-",
    "uk",
)
_NOT_LIKE_Y = ("unin", "unim", "unid", "unint")


def article(word: str) -> str:
    """Which of "a" and "an" stands before a word by its sound; "" where the spelling does not tell."""
    if not word.isalpha():
        word = word.partition("-")[0].partition("'")[0]
    lower = word.lower()
    if not lower.isascii() or not lower or len(lower) == 1:
        return ""
    if word.isupper() or not any(letter in "aeiouy" for letter in lower):
        return ""
    if lower.startswith(_SILENT_H):
        return "an"
    if lower.startswith(_LIKE_Y) and not lower.startswith(_NOT_LIKE_Y):
        return "a"
    return "an" if lower[0] in _VOWELS else "a"


_VARIANTS = _rows("""
our or
re er
ise ize
isi izi
isa iza
yse yze
ogue og
ae e
oe e
ence ense
ll l
pp p
mum mom
grey gray
wards ward
amongst among
whilst while
cheque check
tyre tire
programme program
kerb curb
""")
"""What British and American spellings differ by."""


def is_variant(one: str, other: str) -> bool:
    """Whether two words are one in British and American spelling, of which neither is wrong."""
    return any(
        british in word and word.replace(british, american) == variant
        for british, american in _VARIANTS
        for word, variant in ((one, other), (other, one))
    )
