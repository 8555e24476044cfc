"""Files in any encoding: a file that nobody edits must come back byte for byte, or be refused in one line."""

import codecs

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.contracts.errors import TextEncodingError, UnknownEncodingError
from engine.text.encodings import ENCODINGS, TextEncoding, decode_text, encode_text, unwritable

_WESTERN = [
    "Das Café “öffnet” um 8 – na klar.",
    "Größe: 5 €",
    "Il a déjà mangé à Noël, c’est sûr.",
    "El niño comió mañana. ¿Y tú?",
    "It’s fine",
    "På lördag åker vi till sjön.",
    "Está não é coração, você já sabe.",
]


@pytest.mark.parametrize("text", _WESTERN)
@pytest.mark.parametrize("times", [1, 20])
def test_western_text_opens_as_windows_1252_and_not_as_its_look_alikes(text, times):
    whole = (text + "\r\n") * times
    assert decode_text(whole.encode("cp1252")) == (whole, TextEncoding("cp1252"))


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "cp1250"),
        ("Dzisiaj jest ładna pogoda i idę na długi spacer z moją siostrą.", "cp1250"),
        ("Привет, мир! Это обычный русский текст.", "cp1251"),
        ("Привет, мир! Это обычный русский текст.", "koi8_r"),
        ("Καλημέρα κόσμε, αυτό είναι ένα κείμενο.", "cp1253"),
        ("Dnes je krásné počasí a půjdu na procházku. Těším se, že potkám přátele.", "cp1250"),
        ("Dnes je krásné počasí a půjdu na procházku. Těším se, že potkám přátele.", "iso8859_2"),
        ("Dzisiaj jest ładna pogoda i idę na długi spacer z moją siostrą.", "iso8859_2"),
        ("Bugün hava çok güzel, değil mi? Şimdi dışarı çıkıyoruz.", "cp1254"),
        ("Šiandien gražus oras, einu į mišką su ąžuolais.", "cp1257"),
        ("L'œuvre à 5 € est déjà prête, Noël", "iso8859_15"),
        ("Größe 5 – über", "mac_roman"),
        ("これは日本語の文章です。", "euc_jp"),
        ("これは日本語の文章です。今日は天気がいい。", "cp932"),
        ("这是一个中文文本，今天天气很好。", "gb18030"),
        ("這是一個中文文本，今天天氣很好。", "big5"),
        ("이것은 한국어 문장입니다. 오늘은 날씨가 좋다.", "cp949"),
        ("مرحبا بالعالم هذا نص عربي", "cp1256"),
        ("Das Café “öffnet” um 8 – na klar.", "mac_roman"),
    ],
)
def test_other_languages_open_as_they_were_written(text, codec):
    assert decode_text(text.encode(codec)) == (text, TextEncoding(codec))


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8"])
@pytest.mark.parametrize("text", ["", "One, two.\r\n", "漢字と𝔘 👩‍👩‍👧\n", "\ufeffa second mark"])
def test_a_byte_order_mark_tells_the_encoding_and_comes_back(codec, text):
    data = ("\ufeff" + text).encode(codec)
    found, encoding = decode_text(data)
    assert (found, encoding) == (text, TextEncoding(codec, bom=True))
    assert encode_text(found, encoding) == data


@pytest.mark.parametrize("codec", ["cp1252", "cp1251", "cp932"])
def test_a_long_text_is_known_by_a_part_of_it_however_far_down(codec):
    words = {"cp1252": "Größe", "cp1251": "это обычный русский текст", "cp932": "これは日本語の文章です。"}
    text = "Plain words only.\n" * 20_000 + words[codec] + "\n"
    assert decode_text(text.encode(codec)) == (text, TextEncoding(codec))


def test_only_what_the_bytes_do_not_tell_is_a_guess():
    certain = ["Größe".encode(), "\ufeffOne".encode("utf-16-le"), "One, two".encode("utf-16-be")]
    assert not any(decode_text(data)[1].guessed for data in certain)
    assert decode_text("Größe".encode("cp1252"))[1].guessed
    assert not decode_text("Größe".encode("cp1252"), TextEncoding("cp1252"))[1].guessed


@pytest.mark.parametrize("codec", ["cp1252", "cp932", "utf-8"])
def test_bytes_that_do_not_fit_a_chosen_encoding_are_refused(codec):
    with pytest.raises(UnknownEncodingError, match=r"byte 2"):
        decode_text(b"a\x81", TextEncoding(codec))


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_rare_characters_whose_low_byte_is_zero_is_seen(codec):
    text = "一 means one, and 一 stands alone.\n"
    assert decode_text(text.encode(codec)) == (text, TextEncoding(codec))


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_seen_by_its_zeros(codec):
    text = "One — “two”, Größe\r\nthree."
    assert decode_text(text.encode(codec)) == (text, TextEncoding(codec))


@pytest.mark.parametrize(
    "data",
    [
        b"a\0b",  # an odd number of bytes
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
        b"abc\0\0\0def ",
        b"a line of text with one zero \0 in it.",  # read in pairs, it would be Chinese
        codecs.BOM_UTF16_LE + b"a\0b",  # half a unit
        codecs.BOM_UTF16_LE + b"\x3d\xd8a\0",  # half a pair
        codecs.BOM_UTF16_BE + b"\0a\0\0",
        codecs.BOM_UTF8 + b"\xff",
        b"a\xed\xa0\x80",  # half a pair, written as UTF-8
        codecs.BOM_UTF8 + b"a\0",
    ],
)
def test_what_is_no_text_is_refused_in_one_line(data):
    with pytest.raises(TextEncodingError) as raised:
        decode_text(data)
    assert "\n" not in str(raised.value)
    assert str(raised.value).endswith(".")


@given(st.binary(max_size=40) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example("Größe".encode("cp1252"))
@example(b"\x81\x8d")
def test_bytes_come_back_or_are_refused(data):
    try:
        text, encoding = decode_text(data)
    except TextEncodingError:
        return
    assert encode_text(text, encoding) == data


@pytest.mark.parametrize("encoding", [*ENCODINGS, TextEncoding("utf-16-le")], ids=str)
@settings(max_examples=20)
@given(
    st.text(st.characters(exclude_characters="\0"), max_size=30)
    | st.text(st.characters(max_codepoint=0x17F, exclude_characters="\0"))
)
@example("¥ ‾ \\ ~ ￠ − ～ 〜 ‖ ㅤ")  # which some codecs write as the bytes of another character
def test_any_text_comes_back_but_for_the_characters_that_an_encoding_lacks(encoding, text):
    lacking = unwritable(text, encoding)
    assert lacking.keys() <= set(text)
    assert all(text.count(character) == count for character, count in lacking.items())
    if lacking:
        with pytest.raises(TextEncodingError):
            encode_text(text, encoding)
    left = "".join(character for character in text if character not in lacking).removeprefix("\ufeff")
    assert decode_text(encode_text(left, encoding), encoding) == (left, encoding)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30))
def test_utf_8_is_never_taken_for_anything_else(text):
    assert decode_text(text.encode())[0] == text.removeprefix("\ufeff")
    assert decode_text(text.encode())[1].codec == "utf-8"


def test_characters_that_cannot_be_written_are_named_once_and_in_order():
    western = TextEncoding("cp1252")
    assert unwritable("a漢b→漢é", western) == {"漢": 2, "→": 1}
    assert unwritable("Größe — €", western) == {}
    assert unwritable("a\ud83d", TextEncoding()) == {"\ud83d": 1}
    with pytest.raises(TextEncodingError, match=r"Windows-1252 has no way to write 漢, →\. Save the text as UTF-8\."):
        encode_text("a漢b→漢é", western)
    with pytest.raises(TextEncodingError, match=r"U\+D83D"):
        encode_text("a\ud83d", TextEncoding())


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        (TextEncoding(), "UTF-8"),
        (TextEncoding("utf-8", bom=True), "UTF-8 with BOM"),
        (TextEncoding("utf-16-le", bom=True), "UTF-16 LE"),
        (TextEncoding("cp1252"), "Windows-1252"),
        (TextEncoding("gb18030"), "GB 18030"),
    ],
)
def test_an_encoding_has_the_name_that_people_know(encoding, label):
    assert encoding.label == label
