"""Check as I write with the checkpoint that ships: what it finds is underlined, mended and undone."""

import shiboken6
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_driver import ALT, CONTROL, KEY, activate, press, select, text

from app.bridge import EngineBridge
from app.main_window import MainWindow
from engine import EngineThread

TEXT = "---\ntitle: teh rivver\n---\nWe walked along the rivver.\n"


def test_a_misspelt_word_is_found_mended_and_undone(qtbot, qapp, settings, themes, tmp_path):
    path = tmp_path / "walk.md"
    path.write_text(TEXT)
    settings.set_value("check_as_i_write", True)
    bridge = EngineBridge(EngineThread)
    window = MainWindow(bridge, settings, themes)
    try:
        window.open_first(str(path))
        window.show()
        activate(window)
        bridge.start()
        qtbot.waitUntil(lambda: bridge.checkpoint is not None and not window.checking.is_busy, timeout=120_000)
        block = window.document.firstBlock()
        found = []
        while block.isValid():
            found += [(block.blockNumber(), *span) for span in window.page.underlines.find(block)]
            block = block.next()
        # Front matter is no prose.
        assert found == [(3, 20, 26)]
        place = TEXT.index("rivver.")
        select(window, place, place)
        press(window, KEY.Key_Return, ALT)
        QTest.keyClick(QApplication.activePopupWidget(), KEY.Key_Return)
        assert text(window) == TEXT.replace("rivver.", "river.")
        press(window, KEY.Key_Z, CONTROL)
        assert text(window) == TEXT
    finally:
        window.document.setModified(False)
        window.close()
        assert bridge.close(120)
        shiboken6.delete(window)
        shiboken6.delete(bridge)
