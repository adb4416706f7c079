"""Accessibility of what the page shows: contrast, and the rules of axe-core."""

from typing import Final

import pytest
from playwright.sync_api import Page

from tests.lab.lab import EXTENSION

AXE: Final = EXTENSION.parents[1] / "labextension/node_modules/axe-core/axe.min.js"
# The page is used for other tests in the theme that it had first, so that is the last one here.
THEMES: Final = {"dark": "JupyterLab Dark", "light": "JupyterLab Light"}
# Between a text and its background; WCAG 2.2, 1.4.3 and, for icons, 1.4.11.
TEXT_CONTRAST, ICON_CONTRAST = 4.5, 3.0
CONTRASTS: Final = """selector => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const over = colors => {
    canvas.clearRect(0, 0, 1, 1);
    colors.forEach(color => { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); });
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = rgb => rgb
    .map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  return [...document.querySelectorAll(selector)].map(element => {
    const behind = [];
    for (let one = element; one; one = one.parentElement) {
      behind.unshift(getComputedStyle(one).backgroundColor);
    }
    const color = getComputedStyle(element).color;
    const [low, high] = [luminance(over(behind)), luminance(over([...behind, color]))].sort();
    return [element.textContent, (high + 0.05) / (low + 0.05)];
  });
}"""
VIOLATIONS: Final = """parts => axe.run({ include: parts.map(part => [part]) }).then(result =>
    result.violations.flatMap(({ id, impact, nodes }) =>
        nodes.map(node => `${impact} ${id}: ${node.html.slice(0, 200)}`)))"""


def show_theme(page: Page, theme: str) -> None:
    """Change to the `light` theme or the `dark` one."""
    name = THEMES[theme]
    change = "theme => void jupyterapp.commands.execute('apputils:change-theme', { theme })"
    page.evaluate(change, name)
    shown = "theme => document.body.dataset.jpThemeName === theme"
    page.wait_for_function(shown, arg=name)
    page.locator("#jupyterlab-splash").wait_for(state="detached")


def violations(page: Page, *parts: str) -> list[str]:
    """Return what axe-core finds in the parts of the page with these selectors."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in labextension)")
    page.add_script_tag(path=AXE)
    return list(page.evaluate(VIOLATIONS, [*parts]))


def contrasts(page: Page, selector: str) -> list[tuple[str, float]]:
    """Return the texts of the selected elements, and the contrast to their backgrounds."""
    return [(text, ratio) for text, ratio in page.evaluate(CONTRASTS, selector)]


def low_contrast(
    texts: list[tuple[str, float]], least: float = TEXT_CONTRAST
) -> list[tuple[str, float]]:
    """Return the texts with too little contrast."""
    return [one for one in texts if one[1] < least]
