"""The table of what each code's error costs."""

from dataclasses import replace

from hdr_core.evaluation.report import val_section


class TestReport:
    def test_when_plates_differ_then_the_table_has_their_mean(self, make_row, a_result):
        rows = tuple(
            make_row(by_code=(gain, *[0.0] * 6), method=method)
            for gain, method in [
                (2.0, "hdr_core"),
                (5.0, "hdr_core"),
                (8.0, "hdr_core, true curve"),
            ]
        )

        lines = val_section(replace(a_result, rows=rows)).lines()

        assert "| clipped in all channels | +3.50 | +8.00 |" in lines
        assert "| 0 | +0.00 | +0.00 |" in lines
