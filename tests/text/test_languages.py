import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.text.languages import _WORD, _words, detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The harbour will stay closed until the wind turns, the master of the port said on Monday evening.", "en"),
        ("THE HARBOUR WILL STAY CLOSED UNTIL THE WIND TURNS, THE MASTER OF THE PORT SAID ON MONDAY EVENING.", "en"),
        ("Le port restera fermé jusqu'à ce que le vent tourne, a déclaré lundi soir le capitaine.", "fr"),
        ("Der Hafen bleibt geschlossen, bis der Wind dreht, sagte der Hafenmeister am Montagabend.", "de"),
        ("El puerto permanecerá cerrado hasta que cambie el viento, dijo el capitán el lunes.", "es"),
        ("Il porto resterà chiuso finché il vento non cambierà, ha detto lunedì sera il comandante.", "it"),
        ("De haven blijft gesloten tot de wind draait, zei de havenmeester maandagavond.", "nl"),
        ("Порт останется закрытым, пока не переменится ветер, сообщил в понедельник капитан.", "ru"),
        ("سيبقى الميناء مغلقا حتى تتغير الريح كما قال القبطان مساء الاثنين", "ar"),
        ("港は風向きが変わるまで閉鎖されると港長が月曜日の夜に述べた。", "ja"),
        ("Havnen forblir stengt til vinden snur, sa havnesjefen mandag kveld, og fergen blir liggende.", "no"),
    ],
)
def test_a_sentence_tells_its_language(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "Rain", "Putin Obama Merkel", "12 345 6789 0", "!!! ??? …", "\x00"])
def test_too_little_text_tells_nothing(text: str) -> None:
    assert detect(text) is None


def test_english_names_in_a_french_text_do_not_make_it_english() -> None:
    text = (
        "Selon The New York Times et The Guardian, le ministre a rencontré mardi le président de la banque, "
        "et les deux hommes ont parlé de la dette, des impôts et de la fermeture de la mine."
    )
    assert detect(text) == "fr"


@given(st.text(alphabet=st.sampled_from("aB1_ É’“–\xa0\n'-")))
def test_the_fast_way_to_words_gives_the_same_words(text: str) -> None:
    assert _words(text) == [word.lower() for word in _WORD.findall(text)]
