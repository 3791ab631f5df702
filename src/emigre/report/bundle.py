"""The Vega JavaScript bundle shipped with vl-convert, for embedding in a page."""

import base64
import zlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from emigre.numerics import cache_dir
from emigre.results.output_dir import write_whole


@cache
def cache_folder() -> Path | None:
    """Folder for files that take long to make; None if none is writable."""
    return next((f for f in cache_dir.bases() if cache_dir.is_writable(f)), None)


def packed(text: str) -> str:
    """A text, deflated and encoded as base64; pages unpack it with ``DecompressionStream``."""
    return base64.b64encode(zlib.compress(text.encode())).decode("ascii")


def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed."""
    return zlib.decompress(base64.b64decode(packed_javascript())).decode()


def packed_javascript() -> str:
    """The same, deflated, in base64; kept in ``EMIGRE_CACHE_DIR`` or the user's cache directory."""
    name = f"vega-{version('vl-convert-python')}.b64"
    folder = cache_folder()
    if folder is not None:
        try:
            return (folder / name).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            pass
    import vl_convert

    made = packed(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
    if folder is not None:
        write_whole(folder / name, made)
    return made
