import pytest

from evaluate import CannotEvaluate, evaluate


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("6 * 7", "42"),
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("7 // 2 + 7 % 2", "4"),
        ("1 / 4", "0.25"),
        ("-2 ** 10", "-1024"),
        ("sqrt(16) + abs(-2)", "6.0"),
        ("max(1, gcd(12, 18), 3)", "6"),
        (" 1 ", "1"),
        ("2 * pi", "6.283185307179586"),
    ],
)
def test_arithmetic_has_a_value(expression, value):
    assert evaluate(expression) == value


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("1 / 0", "division by zero"),
        ("1 +", "not an arithmetic expression"),
        ("sqrt(-1)", "math domain error"),
        ("x + 1", "x is not arithmetic"),
        ("'a' * 9", "'a' is not arithmetic"),
        ("True + 1", "True is not arithmetic"),
        ("1 < 2", "1 < 2 is not arithmetic"),
        ("9 ** 9 ** 9", "the result would be too large"),
        ("2 ** 4000 * 2 ** 4000", "the result would be too large"),
        ("(" * 150 + "1" + ")" * 150, "longer than 200 characters"),
    ],
)
def test_what_has_no_value_says_why(expression, reason):
    with pytest.raises(CannotEvaluate, match="^" + reason.replace("*", r"\*")):
        evaluate(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('id')",
        "open('/etc/passwd').read()",
        "().__class__.__bases__",
        "(lambda: 1)()",
        "[x for x in (1, 2)]",
        "abs.__self__",
        "min(*[1, 2])",
    ],
)
def test_nothing_but_arithmetic_ever_runs(expression):
    with pytest.raises(CannotEvaluate, match="is not arithmetic"):
        evaluate(expression)
