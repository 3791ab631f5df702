"""The Vega JavaScript bundle shipped with vl-convert, for embedding in a page."""

from __future__ import annotations

from importlib.metadata import version

from emigre.numerics import cache_dir
from emigre.results.output_dir import write_whole


def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed, escaped for a script element.

    Building the bundle takes seconds, so it is cached in ``EMIGRE_CACHE_DIR`` or the user's cache
    directory.
    """
    import vl_convert

    name = f"vega-{version('vl-convert-python')}.js"
    folder = next((f for f in cache_dir.bases() if cache_dir.is_writable(f)), None)
    if folder is not None:
        try:
            return (folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            pass
    made = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    text = made.replace("</script", "<\\/script")
    if folder is not None:
        write_whole(folder / name, text)
    return text
