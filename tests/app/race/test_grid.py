"""The canvas as a grid of tokens: every position a cell, chosen by mouse or keys, and nothing painted outside."""

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.race.cells import Cell, blocks_until, cells_of, described
from app.race.grid import RaceGrid
from app.race.recording import race_on
from app.theme import DARK, LIGHT
from engine import Alternative, Decoder, Frame, SlotState

KEY = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT, RIGHT = Decoder.DIFFUSION, Decoder.AUTOREGRESSIVE


def frame_of(pieces, states=None, *, group=0, groups=1, step=1, last=False):
    count = len(pieces)
    return Frame(
        run=1,
        variant=0,
        group=group,
        groups=groups,
        start=0,
        end=0,
        head="",
        tail="",
        step=step,
        steps=4,
        temperature=0.6,
        forward_passes=2 * step,
        seconds=0.1 * step,
        canvas_tokens=tuple(range(100, 100 + count)),
        draft_tokens=tuple(range(200, 200 + count)),
        canvas_pieces=tuple(f"c{piece}" for piece in pieces),
        pieces=tuple(pieces),
        states=states or (SlotState.ACCEPTED,) * count,
        entropies=(0.25,) * count,
        melts=(0,) * count,
        alternatives=((Alternative(7, " so", 0.61), Alternative(8, "", 0.3)),) * count if last else None,
    )


@pytest.fixture
def grid(qtbot):
    grid = RaceGrid(LEFT, LIGHT, 16)
    qtbot.addWidget(grid)
    grid.resize(430, 400)
    grid.show()
    return grid


def press(widget, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(widget, key, modifiers)


# What stands in the cells.


def test_while_a_block_is_denoised_its_cells_hold_what_the_model_sees_and_at_its_end_the_result():
    under_way, ended = cells_of((frame_of(["a", "b"]), frame_of(["d"], last=True)), LEFT)[1:]
    assert (under_way.token, under_way.text, under_way.entropy) == (101, "cb", 0.25)
    assert (ended.block, ended.token, ended.text) == (1, 200, "d")


def test_nothing_was_predicted_before_the_first_pass_nor_at_pinned_words():
    noise, pinned = cells_of([frame_of(["a", "b"], (SlotState.NOISE, SlotState.PINNED), step=0)], LEFT)
    assert noise.entropy is pinned.entropy is None
    noise, pinned = cells_of([frame_of(["a", "b"], (SlotState.NOISE, SlotState.PINNED))], LEFT)
    assert noise.entropy == 0.25
    assert pinned.entropy is None


def test_from_left_to_right_a_token_to_come_is_an_empty_cell():
    written, open_ = cells_of([frame_of(["a", "b"], (SlotState.ACCEPTED, SlotState.NOISE))], RIGHT)
    assert (written.written, open_.written, open_.label, open_.entropy) == (True, False, "", None)
    assert "not written yet" in described(open_, [frame_of(["a", "b"])], RIGHT)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (" word", "word"),
        ("\n\nThe", "↵↵The"),
        (" ", "␣"),
        ("\t", "⇥"),
        ("", "–"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        (" שלום", "שלום"),
    ],
)
def test_white_space_can_be_seen_and_a_cell_is_one_line(text, label):
    cell = Cell(0, 0, 1, text, SlotState.ACCEPTED, None, 0, True)
    assert cell.label == label


def test_blocks_are_the_last_frames_until_a_moment_and_a_group_tried_again_counts_once():
    frames = [
        *(frame_of(["a"], group=0, groups=2, step=step) for step in (0, 1, 0, 1, 2)),
        *(frame_of(["b"], group=1, groups=2, step=step) for step in (0, 1)),
    ]
    assert [frames.index(block) for block in blocks_until(frames, 0)] == [0]
    assert blocks_until(frames, 4) == (frames[4],)
    assert blocks_until(frames, 6) == (frames[4], frames[6])
    assert blocks_until(frames, -1) == ()


def test_all_that_is_known_of_a_token_is_told():
    frame = replace(frame_of([" so", "b"], last=True, group=1, groups=3), melts=(2, 0))
    blocks = (frame_of(["x"]), frame)
    text = described(cells_of(blocks, LEFT)[1], blocks, LEFT)
    assert "Token 1 of 2 in block 2 of 3: “ so”, id 200, locked, 0.25 nats, melted 2 times." in text
    assert "Most probable in the last frame: “ so” 61%, empty 30%." in text
    blocks = (frame_of(["a"], (SlotState.RENOISED,)),)
    assert described(cells_of(blocks, LEFT)[0], blocks, LEFT).endswith("melting, 0.25 nats.\nIts draft is “a”.")


# Where they stand.


def test_every_position_has_a_cell_of_one_size_inside_the_width_and_none_overlaps(grid):
    words = ["Donaudampfschifffahrtsgesellschaft", "\n", "👩‍👩‍👧", " שלום", "", " a"]
    grid.show_blocks((frame_of(words * 32, groups=2), frame_of(words * 11, group=1, groups=2)))
    boxes = [grid.place(number) for number in range(258)]
    assert len(grid.cells) == 258
    assert len({(box.width(), box.height()) for box in boxes}) == 1
    for box, following in pairwise(boxes):
        assert not box.intersects(following)
        assert (following.top(), following.left()) > (box.top(), box.left())
    assert all(box.left() >= 16 and box.right() <= 414.5 for box in boxes)
    assert boxes[-1].bottom() <= grid.minimumHeight()
    # Room for the line that names the second block.
    assert boxes[192].top() - boxes[191].bottom() > 8


def test_in_a_text_from_right_to_left_so_do_the_cells_and_the_arrows(grid):
    grid.mirrored = True
    grid.show_blocks((frame_of(["a"] * 12),))
    assert grid.place(0).right() > grid.place(1).right()
    for key, chosen in ((KEY.Key_Home, 0), (KEY.Key_Left, 1), (KEY.Key_Left, 2), (KEY.Key_Right, 1)):
        press(grid, key)
        assert grid.chosen == chosen


def test_the_arrows_move_the_choice_and_stop_at_the_ends(grid):
    grid.show_blocks((frame_of(["a"] * 14),))
    columns = sum(grid.place(number).top() == grid.place(0).top() for number in range(14))
    seen = []
    grid.chosen_changed.connect(seen.append)
    for key in (KEY.Key_Right, KEY.Key_Right, KEY.Key_Down, KEY.Key_Up, KEY.Key_Left, KEY.Key_Left, KEY.Key_End):
        press(grid, key)
    assert seen == [0, 1, 1 + columns, 1, 0, 13]
    press(grid, KEY.Key_Right)
    press(grid, KEY.Key_Down)
    assert grid.chosen == 13
    assert "Token 14 of 14" in grid.accessibleDescription()


def test_without_cells_no_key_does_harm(grid):
    for key in (KEY.Key_Right, KEY.Key_Down, KEY.Key_End, KEY.Key_Home):
        press(grid, key)
    assert grid.chosen == -1
    assert grid.described() == ""


def test_the_mouse_tells_what_is_under_it_and_a_click_chooses(grid):
    grid.show_blocks((frame_of([" one", " two"], last=True),))
    centre = [grid.place(number).center().toPoint() for number in range(2)]
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=centre[0])
    assert grid.chosen == 0
    QTest.mouseMove(grid, centre[1])
    assert "“ two”" in grid.described()
    QTest.mouseMove(grid, QPoint(300, 380))
    assert "“ one”" in grid.described()
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(300, 380))
    assert grid.chosen == -1


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_state_looks_different_and_nothing_is_painted_between_cells(grid, theme):
    grid.theme = theme
    grid.show_blocks((frame_of(["W" * 40] * 5, tuple(SlotState)),))
    picture = grid.grab().toImage()
    looks = {picture.copy(grid.place(number).toRect().adjusted(-1, -1, 2, 2)).bits().tobytes() for number in range(5)}
    assert len(looks) == 5
    between = grid.place(0).topRight() + QPointF(2, 12)
    assert picture.pixelColor(between.toPoint()) == QColor(theme.paper)


# In the window.


def test_g_shows_the_tokens_of_both_sides_and_the_text_again(qtbot, window, script):
    script.pause = 0.01
    with qtbot.waitSignal(window.runner.finished):
        press(window, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.playback.finished)
    pane = window.board.panes[LEFT]
    assert not pane.grid.isVisible()
    press(window, KEY.Key_G)
    assert pane.grid.isVisible()
    assert not pane.canvas.isVisible()
    assert window.board.legend.isVisible()
    for side in window.playback.sides:
        grid = window.board.panes[side.decoder].grid
        assert [cell.state for cell in grid.cells] == list(side.frames[-1].states)
    grid = window.board.panes[RIGHT].grid
    grid.setFocus()
    press(grid, KEY.Key_Right)
    press(grid, KEY.Key_Right)
    assert window.board.panes[LEFT].grid.chosen == 1
    assert window.findChild(QLabel, "race_token_autoregressive").text().startswith("Token 2 of 2")
    # With Ctrl, the arrows step as they do elsewhere.
    position = window.playback.position
    press(grid, KEY.Key_Left, CONTROL)
    assert window.playback.position < position
    press(grid, KEY.Key_G)
    assert pane.canvas.isVisible()
    assert not pane.grid.isVisible()


def test_blocks_of_a_long_text_stand_one_after_the_other_and_the_chosen_one_is_scrolled_to(qtbot, window, script):
    script.replacement = "word " * 256
    script.groups, script.pause = 4, 0.0
    window.begin(race_on("", "word " * 20, ""))
    press(window, KEY.Key_G)
    with qtbot.waitSignal(window.runner.finished):
        press(window, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.playback.finished)
    grid = window.board.panes[LEFT].grid
    assert [cell.block for cell in grid.cells] == sorted(cell.block for cell in grid.cells)
    assert {cell.block for cell in grid.cells} == {0, 1, 2, 3}
    grid.setFocus()
    for key in (KEY.Key_End, KEY.Key_Home):
        press(grid, key)
        box = grid.place(grid.chosen).toRect()
        assert grid.visibleRegion().contains(box)
