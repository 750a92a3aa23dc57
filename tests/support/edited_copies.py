"""Edited copies of a strategy's text: the kinds of edit that leave an idea what it was."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable

Edit = Callable[[ast.Module, random.Random], None]
_KEPT = {"np", "pd", "ta", "math", "talib", "df", "params", "generate_signals", "PARAMS", "CONSTRAINTS"}
_WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "kappa",
    "sigma",
    "omega",
    "theta",
    "lead",
    "lag",
    "curve",
    "base",
    "band",
    "gate",
    "push",
    "pull",
]


def edited(code: str, names: tuple[str, ...], random_: random.Random) -> str:
    """The text with these edits, each by its name in `EDITS`."""
    tree = ast.parse(code)
    for name in names:
        EDITS[name](tree, random_)
    ast.fix_missing_locations(tree)
    text = ast.unparse(tree)
    return commented(text, random_) if "comments" in names else text


def commented(text: str, random_: random.Random) -> str:
    lines = text.splitlines()
    return "\n".join(
        line + (f"  # {random_.choice(_WORDS)} {random_.choice(_WORDS)}" if line.endswith(")") else "")
        for line in lines
    )


def _body(tree: ast.Module) -> ast.FunctionDef:
    return next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "generate_signals"
    )


def _rename(tree: ast.Module, random_: random.Random) -> None:
    bound = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    names = {name: f"{random_.choice(_WORDS)}_{i}" for i, name in enumerate(sorted(bound - _KEPT))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = names.get(node.arg, node.arg)
        elif isinstance(node, ast.FunctionDef):
            node.name = names.get(node.name, node.name)
        elif isinstance(node, ast.Nonlocal):
            node.names = [names.get(name, name) for name in node.names]


def _constants(tree: ast.Module, random_: random.Random) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and abs(node.value) > 1:
            node.value = type(node.value)(node.value * random_.choice((0.5, 0.8, 1.5, 2.0))) or node.value


def _docstring(tree: ast.Module, _: random.Random) -> None:
    tree.body = [node for node in tree.body if not isinstance(node, ast.Expr)]
    tree.body.insert(0, ast.Expr(ast.Constant("Something else entirely, in other words.")))


def _reorder(tree: ast.Module, random_: random.Random) -> None:
    body = _body(tree).body
    for _ in range(6):
        i = random_.randrange(max(1, len(body) - 1))
        if i + 1 < len(body) and _independent(body[i], body[i + 1]):
            body[i], body[i + 1] = body[i + 1], body[i]


def _independent(first: ast.stmt, second: ast.stmt) -> bool:
    if not isinstance(first, ast.Assign) or not isinstance(second, ast.Assign):
        return False
    wrote, read = ({n.id for n in ast.walk(s) if isinstance(n, ast.Name)} for s in (first, second))
    shared = (wrote & read) - _KEPT
    stores = {
        n.id for s in (first, second) for t in s.targets for n in ast.walk(t) if isinstance(n, ast.Name)
    }
    return not shared & stores


def _spare_columns(tree: ast.Module, random_: random.Random) -> None:
    window = random_.randrange(3, 50)
    spare = ast.parse(
        f"spare = df['close'].rolling({window}).mean()\nspare_2 = df['volume'] * 0 + {window}"
    ).body
    _body(tree).body[0:0] = spare


_FILTERS = (
    "df['volume'] > df['volume'].rolling(20).mean()",
    "ta.ADX(df['high'], df['low'], df['close'], 14) > 20",
    "df.index.hour < 20",
    "df['close'] > ta.SMA(df['close'], 200)",
)


def _extra_filter(tree: ast.Module, random_: random.Random) -> None:
    condition = ast.parse(random_.choice(_FILTERS), mode="eval").body
    for node in ast.walk(_body(tree)):
        if isinstance(node, ast.Dict):
            for i, key in enumerate(node.keys):
                if isinstance(key, ast.Constant) and key.value in ("long_entry", "short_entry"):
                    node.values[i] = ast.BinOp(node.values[i], ast.BitAnd(), copy.deepcopy(condition))


def _helpers(tree: ast.Module, random_: random.Random) -> None:
    places = [i for i, node in enumerate(tree.body) if isinstance(node, ast.FunctionDef)]
    nodes = [tree.body[i] for i in places]
    random_.shuffle(nodes)
    for i, node in zip(places, nodes, strict=True):
        tree.body[i] = node


def _split(tree: ast.Module, _: random.Random) -> None:
    """Move every comparison's computation of the market into a function of its own."""
    function = _body(tree)
    made: list[ast.stmt] = []
    for i, statement in enumerate(function.body):
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or len(made) > 4:
            continue
        target = statement.targets[0]
        if not isinstance(target, ast.Name) or any(isinstance(n, ast.NamedExpr) for n in ast.walk(statement)):
            continue
        stored = {
            n.id
            for s in function.body
            for n in ast.walk(s)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        used = [n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)]
        arguments = sorted({name for name in used if name in stored or name in ("df", "params")})
        name = f"make_{len(made)}"
        made.append(
            ast.FunctionDef(
                name=name,
                args=ast.arguments([], [ast.arg(a) for a in arguments], None, [], [], None, []),
                body=[ast.Return(statement.value)],
                decorator_list=[],
                type_params=[],
            )
        )
        call = ast.Call(ast.Name(name, ast.Load()), [ast.Name(a, ast.Load()) for a in arguments], [])
        function.body[i] = ast.Assign([target], call)
    at = tree.body.index(function)
    tree.body[at:at] = made


def _nothing(_: ast.Module, __: random.Random) -> None:
    return


EDITS: dict[str, Edit] = {
    "renamed": _rename,
    "reformatted": _nothing,
    "constants": _constants,
    "docstring": _docstring,
    "comments": _nothing,
    "reordered": _reorder,
    "spare columns": _spare_columns,
    "extra filter": _extra_filter,
    "helpers": _helpers,
    "split": _split,
}
