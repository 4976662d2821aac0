"""The report beside a result: its schema, and what ``check`` makes of it."""

import json
from pathlib import Path

import jsonschema
import pytest

from hdr_core.cli.main import run
from hdr_core.delivery.sidecar import SCHEMA_VERSION

SCHEMA = Path(__file__).parents[3] / "docs" / "report.schema.json"


@pytest.fixture
def a_report(convert, a_picture, tmp_path):
    assert convert(a_picture, "-o", tmp_path / "lamp.exr", "--report", "--quiet") == 0
    return tmp_path / "lamp.json"


def check(a_picture, tmp_path):
    return run(["check", str(a_picture), "-o", str(tmp_path / "lamp.exr")])


class TestReport:
    def test_when_a_report_is_written_then_it_is_as_the_schema_says(self, a_report):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        found = json.loads(a_report.read_text(encoding="utf-8"))

        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(found, schema)

        assert schema["properties"]["schema_version"]["const"] == SCHEMA_VERSION
        assert (found["plate"]["width"], found["plate"]["height"]) == (48, 32)
        assert found["promise"]["violations"] == 0
        assert found["camera"]["inverse_crf"][-1] == 1.0

    def test_when_a_field_is_new_then_the_schema_must_say_what_it_means(self, a_report):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        found = json.loads(a_report.read_text(encoding="utf-8"))

        for name, value in found.items():
            known = schema["properties"][name]
            if isinstance(value, dict) and "properties" in known:
                assert set(value) <= set(known["properties"]), name

    def test_when_it_is_not_asked_for_then_it_is_not_written(
        self, convert, a_picture, tmp_path
    ):
        convert(a_picture, "-o", tmp_path / "lamp.exr", "--quiet")

        assert not (tmp_path / "lamp.json").exists()

    def test_when_only_the_report_is_missing_then_the_plate_is_converted_again(
        self, convert, a_report, a_picture, tmp_path, capsys
    ):
        a_report.unlink()

        convert(a_picture, "-o", tmp_path / "lamp.exr", "--report")

        assert a_report.exists()
        assert "1 done" in capsys.readouterr().out


class TestCheck:
    def test_when_the_report_agrees_then_the_result_is_good(
        self, a_report, a_picture, tmp_path
    ):
        assert check(a_picture, tmp_path) == 0

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"schema_version": 99}, "has report version 99"),
            ({"schema": "other"}, "is not a report of hdr-core"),
            ({"weights_sha256": "00"}, "says 00 for weights_sha256"),
            ({"promise": {"violations": 7}}, "says 7 for violations"),
        ],
    )
    def test_when_the_report_disagrees_then_check_says_so(
        self, a_report, a_picture, tmp_path, change, reason, capsys
    ):
        found = json.loads(a_report.read_text(encoding="utf-8"))
        a_report.write_text(json.dumps(found | change))

        code = check(a_picture, tmp_path)

        assert code == 1
        assert reason in capsys.readouterr().err

    def test_when_the_report_is_cut_then_check_says_so(
        self, a_report, a_picture, tmp_path, capsys
    ):
        a_report.write_bytes(a_report.read_bytes()[:100])

        assert check(a_picture, tmp_path) == 1
        assert "not a readable report" in capsys.readouterr().err
