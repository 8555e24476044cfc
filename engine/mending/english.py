"""What English writers confuse, leave out and inflect: the tables that candidates are made from."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _rows(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in text.strip().splitlines())


_CONFUSED = _rows("""
their there they're
its it's
your you're you
whose who's
then than
to too two
of off
where were we're wear
lose loose
affect effect
accept except
weather whether
quite quiet
principal principle
passed past
advice advise
here hear
know no now
new knew
write right
peace piece
threw through though thorough
by buy
led lead
breath breathe
choose chose
desert dessert
stationary stationery
complement compliment
brake break
bare bear
cite site sight
council counsel
device devise
dose does
elicit illicit
emigrate immigrate
ensure insure assure
every very
fair fare
farther further
form from
heard herd
hole whole
hour our
lay lie
later latter
least lest
maybe may
might may
moral morale
plain plane
pray prey
precede proceed
role roll
steal steel
tail tale
thing think
than that
use used
wait weight
waist waste
weak week
which witch
who whom
wood would
won't want
allot alot
and an any
it is if in
as at a is
on in one
or of our for
was has is
the they them then these
this that these those
he she the
him his
her here
a an the
for from
with without
also always
been being
me my
we he
many much
less fewer
few a
all also
could would should can will
can may could
do does did
has have had
is are was were
be is been
into in
at in on
to for
of in for
by with from
lets let's
were was
would will
want went
what that
when then
some same
more most
such much
not no now
there these
use us
see sea
so to
am an
""")
CONFUSIONS: dict[str, tuple[str, ...]] = {}
"""Words of one sound or nearly one spelling, and short words that stand for each other, by word."""
for _row in _CONFUSED:
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
_IRREGULAR = _rows("""
be am is are was were been being
have has had having
do does did done doing
go goes went gone going
see sees saw seen
take takes took taken
give gives gave given
come comes came
become becomes became
get gets got gotten
make makes made
know knows knew known
think thinks thought
say says said
find finds found
tell tells told
feel feels felt
leave leaves left
keep keeps kept
begin begins began begun
show shows showed shown
write writes wrote written
run runs ran running
bring brings brought
hold holds held
stand stands stood
understand understands understood
lose loses lost
meet meets met
pay pays paid
send sends sent
build builds built
fall falls fell fallen
speak speaks spoke spoken
buy buys bought
lead leads led
grow grows grew grown
draw draws drew drawn
choose chooses chose chosen
drive drives drove driven
break breaks broke broken
eat eats ate eaten
teach teaches taught
catch catches caught
fight fights fought
seek seeks sought
sell sells sold
rise rises rose risen
wear wears wore worn
spend spends spent
mean means meant
hear hears heard
lie lies lay lain
lay lays laid
sit sits sat
win wins won
throw throws threw thrown
fly flies flew flown
forget forgets forgot forgotten
sing sings sang sung
swim swims swam swum
drink drinks drank drunk
man men
woman women
child children
person people
foot feet
tooth teeth
mouse mice
life lives
wife wives
leaf leaves
criterion criteria
phenomenon phenomena
datum data
analysis analyses
basis bases
crisis crises
index indexes indices
this these
that those
""")
_FORMS: dict[str, set[str]] = {}
for _row in _IRREGULAR:
    for _word in _row:
        _FORMS.setdefault(_word, set()).update(other for other in _row if other != _word)
_VOWELS = "aeiou"


def forms(word: str) -> set[str]:
    """What may be other inflected forms of a word in small letters; not all of them need exist."""
    found = set(_FORMS.get(word, ()))
    stems = {word}
    if word.endswith("s") and not word.endswith("ss"):
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
