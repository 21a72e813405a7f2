"""What a panel of controls showed when its lesson was run, for pages that have no kernel."""

from __future__ import annotations

import html
from typing import Any

NOTE = "In the notebook these controls move the picture. Here it stands as it was when the notebook was run."


def still(model: str, state: dict[str, Any]) -> str:
    """Write the controls of a panel as a list, and its pictures and sentences as they were."""
    controls, shown = [], []
    for one in _below(model, state):
        name, values = state[one]["model_name"], state[one]["state"]
        if name == "HTMLModel":
            shown.append(_scrolling(values.get("value", "")))
        elif "description" in values and not name.endswith("StyleModel"):
            controls.append((values["description"], _setting(values)))
    rows = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(setting)}</dd>" for name, setting in controls)
    listed = f"<dl>{rows}</dl>" if rows else ""
    return f'<div class="output still"><p class="note">{NOTE}</p>{listed}{"".join(shown)}</div>'


def _scrolling(shown: str) -> str:
    opened = '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table'
    return shown.replace("<table", opened).replace("</table>", "</table></div>")


def _below(model: str, state: dict[str, Any]) -> list[str]:
    """List a model and all models that it shows, in the order of the page."""
    if model not in state:
        return []
    children = state[model]["state"].get("children", [])
    return [model, *(one for child in children for one in _below(child.removeprefix("IPY_MODEL_"), state))]


def _setting(values: dict[str, Any]) -> str:
    """Say where a control stands, in the words that its reader sees."""
    if "_options_labels" in values:
        labels, index = values["_options_labels"], values.get("index")
        chosen = index if isinstance(index, list) else [index]
        return ", ".join(labels[one] for one in chosen if one is not None) or "nothing chosen"
    value = values.get("value")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing chosen" if value in (None, "", []) else str(value)
