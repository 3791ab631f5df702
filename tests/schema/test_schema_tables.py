"""The schema is consistent with itself: what one table names another has."""

import subprocess
import sys

import pytest

from emigre import schema

KINDS = {
    "id", "text", "choice", "ref", "place", "list", "who", "measure",
    "number", "integer", "date", "instant", "yes_no",
}  # fmt: skip
COLUMNS = [c for columns in schema.tables().values() for c in columns]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: f"{c.table}.{c.name}")
def test_columns_are_well_formed(column: schema.Column) -> None:
    assert column.kind in KINDS
    assert column.description.endswith(".")
    assert (column.kind == "choice") == bool(column.choices)
    assert (column.kind == "ref") == bool(column.refers_to)
    assert not (column.required and column.default)
    if column.refers_to:
        assert column.refers_to in schema.tables()
    if column.low is not None and column.high is not None:
        assert column.low < column.high


def test_required_tables_exist() -> None:
    assert set(schema.REQUIRED_TABLES) <= set(schema.tables())


def test_attributes_are_columns_of_groups() -> None:
    assert set(schema.attributes()) <= set(schema.columns("groups"))


def test_choices_of_rules_are_the_rule_kinds() -> None:
    assert schema.columns("rules")["kind"].choices == tuple(schema.rule_kinds())
    kinds = (*schema.columns("places")["kind"].choices, "leg")
    assert all(set(kind.places) <= set(kinds) for kind in schema.rule_kinds().values())


def test_defaults_of_parameters_lie_within_bounds() -> None:
    for spec in schema.parameters().values():
        assert spec.low <= spec.default <= spec.high, spec.name


def test_measures_have_a_place_and_a_kind() -> None:
    for measure in schema.measures().values():
        assert measure.place_kind in ("origin", "crossing", "country")
        assert measure.kind in ("flow", "stock", "mean")
    stocks = {f"stock_{name}" for name in schema.statuses()}
    assert stocks <= set(schema.measures())


def test_status_codes_count_from_zero() -> None:
    assert [s.code for s in schema.statuses().values()] == list(range(len(schema.statuses())))


def test_the_schema_is_frozen() -> None:
    with pytest.raises(TypeError):
        schema.tables()["rules"] = ()  # type: ignore[index]


def test_schema_and_library_load_nothing_heavy() -> None:
    code = (
        "import sys, emigre.schema, emigre.scenario.library as library; library.list_scenarios();"
        "heavy = {'numba', 'numpy', 'scipy', 'polars', 'altair'} & set(sys.modules);"
        "print(sorted(heavy)); sys.exit(bool(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
