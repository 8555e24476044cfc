"""The command that changes the model, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.bridge import EngineBridge
from app.models.choice import KNOWN, ModelChoice, engine_factory
from app.models.dialog import ModelDialog
from app.models.looker import Looker
from app.settings import Settings
from engine import Quantization

_REMEMBERED = 8
"""Models that are listed because they were chosen before."""


class Models(QObject):
    """Lets the writer choose a model and loads it. It is kept in the settings once it is loaded.

    leave: ends what still uses the present engine. current: what that was made of; None for the choice in the settings.
    """

    message = Signal(str)

    def __init__(
        self,
        bridge: EngineBridge,
        settings: Settings,
        window: QWidget,
        leave: Callable[[], None],
        current: ModelChoice | None = None,
    ) -> None:
        super().__init__(window)
        self._bridge, self._settings, self._window, self._leave = bridge, settings, window, leave
        self._current = current or chosen_in(settings)
        self._loading: ModelChoice | None = None
        self._started = False
        bridge.ready.connect(self._keep)
        bridge.load_failed.connect(self._drop)

    def model(self) -> None:
        """Choose a model and load it."""
        if not self._started:
            # What the dialog asks imports the same libraries, and two threads must not do that at once.
            self.message.emit("The first model is still loading. Try again in a moment.")
            return
        models = (*self._settings.value("models"), *KNOWN)
        dialog = ModelDialog(self._window, models, self._current, Looker(self))
        dialog.exec()
        choice = dialog.choice
        dialog.deleteLater()
        if choice is not None:
            self.load(choice)

    def load(self, choice: ModelChoice) -> None:
        """Load another model. A run or review in progress ends."""
        self._leave()
        self._current = self._loading = choice
        self._bridge.replace(engine_factory(choice))

    @Slot()
    def _keep(self) -> None:
        self._started = True
        choice, self._loading = self._loading, None
        if choice is None:
            return
        self._settings.set_value("model", choice.model)
        self._settings.set_value("device", choice.device)
        self._settings.set_value("quantization", choice.quantization.value)
        if choice.model:
            earlier = (model for model in self._settings.value("models") if model != choice.model)
            self._settings.set_value("models", (choice.model, *earlier)[:_REMEMBERED])

    @Slot()
    def _drop(self) -> None:
        self._started = True
        if self._loading is not None:
            self._loading = None
            self.message.emit("The model of before is used again at the next start. View > Model… chooses another one.")


def chosen_in(settings: Settings) -> ModelChoice:
    """The choice that the settings hold."""
    return ModelChoice(settings.value("model"), settings.value("device"), Quantization(settings.value("quantization")))
