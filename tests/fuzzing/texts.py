"""Texts that people and spreadsheets write by mistake."""

NUMBERS = """
    nan NaN inf -inf -1 -0 0 1e308 1e-320 -1e12 99999999999 10000000000 1000000000000 2147483648
    4294967296 9223372036854775808 1e400 0x10 1_000 1,5 1.000,50 1'000 12% ½ ٣ １２ 1e 1.2.3 .5 5.
    +7 --1 TRUE #REF! #N/A #DIV/0! =A1+1 $5 5km 3h 30min 1/2 1e9 0.000001 0.5 1.5 2 100 366
""".split()  # noqa: SIM905
DATES = """
    2022-02-30 2023-02-29 31.12.2022 12/31/2022 2022/12/31 22-12-31 20221231 44926 2022-W05
    2022-1-5 0001-01-01 1066-10-14 9999-12-31 2199-12-31 10000-01-01 tomorrow
    2022-10-30T02:30+03:00 2022-03-27T02:30+02:00 2022-09-01T25:00+03:00 2022-09-01T12:00
    2022-09-01T12:00+99:00 2022-09-01T12:00:00.123456789Z 2022-12-31T23:59:60Z 2022-09-01
    2030-03-10 2030-03-31T02:30 2030-03-10T00:00+00:00
""".split()  # noqa: SIM905
WORDS = (
    "", " ", "\N{NO-BREAK SPACE}", "*", "**", "|", "A|", "A||B", "a=b", "sex=male;",
    "sex=;age_band=", "=", ";", "\u200b", "\ufeff", "é", "e\u0301", "\u202eabc", "\x1b[31mred",
    "\x07", "null", "None", "none", "-", "N/A", "yes", "no", "Yes", "TRUE", "x" * 300,
    "../../etc/passwd", "a/b", "C:\\x", 'a"b', "a,b", "a\nb", "a\r\nb", "\t", "😀", "official",
    "estimate", "reported", "road", "country", "crossing", "origin", "camp", "town",
)  # fmt: skip

EXTREMES = ("0", "1", "1e-12", "20", "100", "36500", *(f"{10**n}" for n in (6, 7, 9, 10, 12)))

FORMATS = """
    bom semicolon tab crlf cr latin1 utf16 utf16le quotes commas nul bom2 html ods sep
""".split()  # noqa: SIM905

SETTINGS = (
    "true", "[]", "{}", '""', '"x"', "-1", "0", "1e308", "inf", "nan", "-inf", "9" * 400,
    "9" * 5000, "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", "[1, 2]", "{ value = 1 }",
    '{ value = "x" }', "{ value = 1, low = 2, high = 0 }",
    "{ value = 0.5, low = 0, high = 1, prior = 3 }",
    '{ value = nan, low = nan, high = nan, prior = "uniform" }', '"' + "x" * 400 + '"', '"\\u0000"',
    '"Europe/Nowhere"', '"../../etc/passwd"', '"1900-01-01"', "2199-12-31", "1900-01-01",
    "9999-12-31", "1000000", "100000", "10000000000",
)  # fmt: skip
YAML = (
    "[]", "{}", "x", "-1", "0", ".inf", ".nan", "1e308", "9" * 400, "9" * 5000, "2022-99-99",
    "2022-09-01 25:61:00", "[1, [2]]", "True", "null", "~", "&a [*a]", "*b",
    "!!python/object:os.system x", "!!binary x", "!!timestamp x", "!!int x", "!!float x",
    "{? [a] : b}", "'", "[" * 3000, "0o7", "12:30:45", "<<", "=",
)  # fmt: skip
