"""Cuts the letters that Russian and English pages use out of Inter, so that a tablet loads 40 kB of it instead of 67.

Needs `pip install fonttools brotli` and an installed project; writes web/fonts/*.woff2. Run after a new version of
@fontsource-variable/inter, and when a catalogue uses a letter that web/testing/fonts.test.ts says is missing; the
ranges here and in web/tokens.css are the same.
"""
import pathlib
from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = pathlib.Path(__file__).resolve().parent.parent
RANGES = {
    'latin': 'U+0020-007E,U+00A0,U+00AB,U+00B1,U+00B7,U+00BB,U+00D7,U+2009,U+2013,U+2014,U+2018,U+2019,U+201C-201E,U+2022,U+2026,U+202F,U+20AC,U+2212',
    'cyrillic': 'U+0401,U+0410-044F,U+0451,U+2116',
}

for name, ranges in RANGES.items():
    font = TTFont(ROOT / f'node_modules/@fontsource-variable/inter/files/inter-{name}-wght-normal.woff2')
    options = subset.Options()
    # Figures of one width (the whole interface), and what places signs and accents; fractions and the like are not used.
    options.layout_features = ['ccmp', 'locl', 'tnum', 'kern', 'mark', 'mkmk', 'calt']
    options.hinting = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(ranges))
    subsetter.subset(font)
    font.flavor = 'woff2'
    font.save(ROOT / f'web/fonts/inter-text-{name}.woff2')
