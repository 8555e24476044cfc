"""Fill a gap between two pieces of text, offline, with the checkpoint that comes with Remelt."""

from engine import Action, EditRequest
from engine.runs.session import Session

before, after = "She opened the door and saw ", " in the garden."
session = Session.open()
result = session.run(EditRequest(before, "", after, Action.FILL, length=6, variants=3, seed=1))
for variant in result.variants:
    print(before + variant.strip() + after)
print(f"{result.tokens} tokens in {result.forward_passes} passes of the model.")
