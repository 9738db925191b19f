"""Sphinx's settings. The sources that it reads are written by `python -m docs.build`; `make site` does both."""

import os

from latex2mathml.converter import convert

project = "Traces, right or readable?"
author = copyright = "The trace-distillation companion authors"
extensions = ["myst_nb"]
exclude_patterns = ["extra"]
nb_execution_mode = "off"  # the committed outputs are shown, nothing is run
nb_merge_streams = True
nb_render_markdown_format = "myst"  # tables and links in outputs as in a page's own words
nb_code_prompt_show, nb_code_prompt_hide = "Show the code", "Hide the code"
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
myst_disable_syntax = ["myst_line_comment"]  # a line of prose may begin with "% of all"
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["extra"]
html_copy_source = False
html_show_search_summary = False  # summaries are fetched, which a browser forbids to pages opened from a folder
html_context = {"default_mode": "auto"}
html_show_sphinx = False
html_math_renderer = "mathml"
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "navbar_persistent": [],  # one search is enough, the sidebar's
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
if repository := os.environ.get("SITE_REPOSITORY"):
    html_theme_options |= {"repository_url": f"https://github.com/{repository}", "use_repository_button": True}


def _inline(translator, node):
    translator.body.append(convert(node.astext()))
    raise _skip()


def _block(translator, node):
    translator.body.append(f'<div class="math-block">{convert(node.astext(), display="block")}</div>')
    raise _skip()


def _skip():
    from docutils.nodes import SkipNode

    return SkipNode


def setup(app):
    """Formulas as MathML, which browsers draw themselves: MathJax would be fetched from another host."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
