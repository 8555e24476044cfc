"""Words that belong to the grammar of a sentence more than to its meaning, by class."""

from __future__ import annotations

_CLASSES = {
    "conjunction": """although though while whilst whereas because since unless until till if when whenever where
        wherever once as before after whether and or but nor so yet than that""",
    "link": """however therefore thus hence moreover furthermore also besides instead nevertheless nonetheless
        consequently accordingly otherwise meanwhile still yet indeed too then additionally""",
    "preposition": """about above across after against along amid among amongst around at before behind below beneath
        beside besides between beyond by concerning despite down during except for from in inside into like near of off
        on onto out outside over past per regarding since through throughout till to toward towards under underneath
        until unto up upon via with within without""",
    "determiner": """a an the this that these those each every any some no both all either neither another such many
        much few several most more less my your his her its our their own other same""",
    "pronoun": """i me you he him she her it we us they them mine yours hers ours theirs myself yourself himself
        herself itself ourselves yourselves themselves who whom whose which what someone somebody anyone anybody
        everyone everybody nobody none something anything everything nothing one ones others""",
    "modal": "can could may might must shall should will would cannot",
    "auxiliary": "be am is are was were been being have has had having do does did done doing",
    "adverb": "not very there here how why never ever just only even quite rather almost always often now",
    "number": """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million
        billion trillion first second third fourth fifth sixth seventh eighth ninth tenth""",
}
_EQUIVALENTS = """
in order to|so as to|to
a lot of|lots of|plenty of|many|much
a number of|several|some|many
a couple of|two|some
such as|like|including
as well as|and|along with
because of|due to|owing to|thanks to
in spite of|despite
even though|although|though
as long as|provided that|if
as soon as|once|when
so that|in order that
instead of|rather than|in place of
in addition to|besides|along with
in front of|before|outside
next to|beside|near
with regard to|regarding|concerning|about
with respect to|regarding|concerning|about
as a result|therefore|consequently|hence
in addition|moreover|furthermore|also|besides
on the whole|generally|overall
kind of|sort of|somewhat|rather
most of|much of|the bulk of
all of|the whole of
able to|in a position to
have to|need to|must
has to|needs to|must
had to|needed to
"""
_FREE = frozenset(
    ("very", "there", "here", "never", "ever", "just", "only", "even", "quite", "rather", "almost", "always", "often")
)
"""Function words that may stand for words of meaning too."""
_MIXED = frozenset(("like", "near", "past", "round", "opposite", "outside", "inside", "mine", "own", "second", "worth"))
"""Function words that are words of meaning just as often."""
_OF: dict[str, set[str]] = {}
for _class, _words in _CLASSES.items():
    for _word in _words.split():
        _OF.setdefault(_word, set()).add(_class)
_SETS = tuple(tuple(line.split("|")) for line in _EQUIVALENTS.strip().splitlines())


def equivalents(words: str) -> tuple[str, ...]:
    """What may stand for a fixed phrase of function words in small letters, or for one of those that may."""
    return tuple(dict.fromkeys(other for row in _SETS if words in row for other in row if other != words))


def classes(word: str) -> frozenset[str]:
    """The classes of a function word in small letters; none of any other word."""
    return frozenset(_OF.get(word, ()))


def is_function_word(word: str) -> bool:
    """Whether a word in small letters is a function word that no word of meaning should be exchanged for."""
    return word in _OF and word not in _FREE


def has_meaning(word: str) -> bool:
    """Whether words of meaning may stand for a word in small letters."""
    return not is_function_word(word) or word in _MIXED
