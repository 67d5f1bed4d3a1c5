#!/bin/sh
# Makes Arimo-Latin.ttf: the letters a picture needs, without hinting or layout tables.
# Needs Debian's fonts-croscore (20201225-1) and pyftsubset (PyPI package fonttools, 4.x).
set -eu
cd "$(dirname "$0")"

# Basic Latin, Latin-1, Latin Extended-A, Greek, dashes and quotes, a few currency and
# comparison signs, and the replacement character that stands for what cannot be shown.
letters="U+0020-007E,U+00A0-017F,U+0192,U+0391-03A9,U+03B1-03C9,U+2010-2015,U+2018-201E"
signs="U+2020-2022,U+2026,U+2030,U+20A9,U+20AC,U+2122,U+2190-2193,U+2212,U+2248,U+2260,U+2264,U+2265,U+FFFD"

# The name records kept are the copyright, the family, the version and the licence.
pyftsubset "${ARIMO:-/usr/share/fonts/truetype/croscore/Arimo-Regular.ttf}" \
    --output-file=Arimo-Latin.ttf \
    --unicodes="$letters,$signs" \
    --no-hinting --layout-features='' --drop-tables+=GSUB,GPOS,GDEF,kern,FFTM,DSIG,meta \
    --notdef-outline --name-IDs='0,1,2,5,6,7,13,14'
