"""Arithmetic without `eval`: walks the syntax tree and knows only what is listed here."""

import ast
import math
import operator

LONGEST_EXPRESSION = 200
MOST_BITS = 4096

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
FUNCTIONS = {
    "abs": abs,
    "gcd": math.gcd,
    "max": max,
    "min": min,
    "sqrt": math.sqrt,
}
NAMES = {"pi": math.pi, "e": math.e}


class CannotEvaluate(Exception):
    """The message is for the person who wrote the expression."""


def evaluate(expression):
    """The value of an expression as text: "2 ** 10" gives "1024"."""
    if len(expression) > LONGEST_EXPRESSION:
        raise CannotEvaluate(f"longer than {LONGEST_EXPRESSION} characters")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        return str(_value(tree.body))
    except (SyntaxError, MemoryError, RecursionError):
        raise CannotEvaluate("not an arithmetic expression")
    except (ArithmeticError, ValueError, TypeError) as error:
        raise CannotEvaluate(str(error))


def _value(node):
    match node:
        case ast.Constant(value=number) if type(number) in (int, float):
            return number
        case ast.Name(id=name) if name in NAMES:
            return NAMES[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            a, b = _value(left), _value(right)
            _refuse_giants(op, a, b)
            return OPERATORS[type(op)](a, b)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if (
            name in FUNCTIONS
        ):
            return FUNCTIONS[name](*(_value(argument) for argument in args))
    raise CannotEvaluate(f"{ast.unparse(node)} is not arithmetic")


def _refuse_giants(op, a, b):
    """Says no before the work is done: 9 ** 9 ** 9 would take all memory."""
    if not (isinstance(a, int) and isinstance(b, int)):
        return
    if isinstance(op, ast.Pow):
        bits = a.bit_length() * max(b, 0)
    elif isinstance(op, ast.Mult):
        bits = a.bit_length() + b.bit_length()
    else:
        return
    if bits > MOST_BITS:
        raise CannotEvaluate("the result would be too large")
