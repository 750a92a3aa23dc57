"""What the language layer refuses: by rule and line before the run, by name during it."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.strategy.port import Finding
from sandbox.attributes import EVERY_ATTRIBUTE, INSTANCES
from sandbox.facades.base import Facade, members_of
from sandbox.log import Log
from sandbox.modules import known_modules
from sandbox.program import RunFailed, read_program
from sandbox.refusal import Refused
from sandbox.rules import StrategyRules
from sandbox.scan import Bindings
from sandbox.warm_up import frame

_HEAD = "def generate_signals(df, params):\n"
_PLAIN = _HEAD + "    return df"


def first_refusal(code: str) -> Finding:
    with pytest.raises(Refused) as refused:
        read_program(code)
    return refused.value.findings[0]


def failure(line: str) -> Finding:
    """The finding of a text that passes the checker and fails when run."""
    with pytest.raises(RunFailed) as failed:
        read_program(f"{_HEAD}    x = 1\n    {line}\n    return df\n").ready(Log(0)).signals(frame(30), {})
    return failed.value.finding


@pytest.mark.parametrize(
    ("line", "rule", "says", "hint"),
    [
        ("import os", "import", "import of os", "nothing of the machine"),
        ("import ta", "import", "import of ta ", "import talib as ta"),
        ("import pandas_ta as ta", "import", "pandas_ta", "import talib as ta"),
        ("import random", "import", "random", "np.random.default_rng(seed)"),
        ("from scipy import stats", "import", "scipy", "numpy, pandas or talib"),
        ("from pandas.io.common import os", "import", "pandas.io.common", ""),
        ("from numpy import load", "attribute", "np.load", ""),
        ("from os import *", "import", "import of os", "nothing of the machine"),
        ("import talib.abstract", "import", "talib.abstract", ""),
        ("np.load('x')", "attribute", "np.load is not available", ""),
        ("np.means(df)", "attribute", "np.means", "Did you mean np.mean?"),
        ("pd.read_csv('x')", "attribute", "pd.read_csv", ""),
        ("pd.io.common.os", "attribute", "pd.io is not available", ""),
        ("np.lib.stride_tricks.as_strided(1)", "attribute", "as_strided", "sliding_window_view"),
        ("ta.RSY(df)", "attribute", "ta.RSY", "Did you mean ta.RSI?"),
        ("ta.rsi(df)", "attribute", "ta.rsi", "Did you mean ta.RSI?"),
        ("ta.momentum.RSIIndicator(df)", "attribute", "ta.momentum", "TA-Lib is here as ta"),
        ("print(pd.options.mode.chained_assignment)", "attribute", "pd.options", "Leave it out"),
        ("df.close.map(len).__name__.x.__name__.__class__", "name", "__class__", ""),
        ("df.x.__class__.__init__.__name__", "name", "__init__", ""),
        ("df.to_csv('x')", "attribute", ".to_csv is not available", ""),
        ("df.close.to_pickle('x')", "attribute", ".to_pickle", ""),
        ("df.query('a')", "attribute", ".query", ""),
        ("df.eval('a')", "attribute", ".eval", ""),
        ("df.style", "attribute", ".style", ""),
        ("df.close.values.ctypes", "attribute", ".ctypes", ""),
        ("df.close.values.resize(3)", "attribute", ".resize", ""),
        ("df.close.values.tofile('x')", "attribute", ".tofile", ""),
        ("'{0.real}'.format(1)", "attribute", ".format", "f-string"),
        ("'{0[0]}'.format([1])", "attribute", ".format", "f-string"),
        ("'{:{0.real}}'.format(1)", "attribute", ".format", "f-string"),
        ("text = '{}'; text.format(1)", "attribute", ".format", "f-string"),
        ("'{}'.format_map({})", "attribute", ".format_map", ""),
        ("df.__class__", "name", "__class__", ""),
        ("getattr(df, '__class__')", "attribute", "__class__", ""),
        ("(x for x in y).gi_frame", "attribute", ".gi_frame", ""),
        ("open('x')", "name", "open", "no files"),
        ("eval('1')", "name", "eval", "Write the code out"),
        ("exec('1')", "name", "exec", "Write the code out"),
        ("globals()", "name", "globals", "dict of your own"),
        ("raise SystemExit", "name", "SystemExit", "Return the DataFrame"),
        ("undefined_thing + 1", "name", "undefined_thing", ""),
        ("prams['n']", "name", "prams", "Did you mean params?"),
        ("__import__('os')", "name", "__import__", "are there already"),
        ("_getattr_ = 1", "name", "_getattr_", "another name"),
        ("own0_x = 1", "name", "own0_x", "another name"),
        ("df.rolling(3).mean(engine='numba')", "argument", "engine=", "Leave it out"),
        ("match df:\n        case 1:\n            pass", "syntax", "Match", "if / elif"),
        ("try:\n        pass\n    except* ValueError:\n        pass", "syntax", "TryStar", "plain except"),
        ("async def f():\n        pass", "syntax", "AsyncFunctionDef", "plain function"),
        ("class A(metaclass=type):\n        pass", "class", "metaclass=", "plain class"),
        ("class A(float):\n        pass", "class", "float", "class of the strategy"),
        ("class A(pd.DataFrame):\n        pass", "class", "DataFrame", ""),
        ("@print\n    class A:\n        pass", "class", "@print", "@dataclass"),
        ("class A:\n        def __getattr__(self, n):\n            pass", "name", "__getattr__", "Methods"),
        ("super(int, 1).x", "name", "super()", "Write super()"),
        ("x = 99999999999999999999999", "size", "too large", "2**63"),
        ("x = (", "syntax", "SyntaxError", "Mend the syntax"),
        ("return yield", "syntax", "SyntaxError", ""),
    ],
)  # fmt: skip
def test_a_forbidden_line_is_refused_with_rule_place_and_hint(
    line: str, rule: str, says: str, hint: str
) -> None:
    finding = first_refusal(f"{_HEAD}    y = []\n    {line}\n    return df\n")
    assert (finding.rule, finding.line) == (
        rule,
        3 if not line.startswith(("class A:", "@", "try")) else finding.line,
    )
    assert finding.line is not None and finding.line >= 3 and finding.column is not None
    assert says in finding.message and hint in finding.hint
    assert finding.source_line


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("getattr(df, 'to_csv')", "DataFrame.to_csv"),
        ("getattr(df, 'to_' + 'csv')('x')", "DataFrame.to_csv"),
        ("getattr(pd, 'read_' + 'csv')('x')", "pd.read_csv"),
        ("getattr('{0}', 'for' + 'mat')(df)", "str.format"),
        ("getattr(np.array(['{0}'])[0], 'for' + 'mat')(df)", "str_.format"),
        ("getattr(str, 'for' + 'mat')", "str.format"),
        ("getattr(df, '__cla' + 'ss__')", "__class__"),
        ("getattr(df, '_mg' + 'r')", "_mgr"),
        ("getattr((i for i in [1]), 'gi_' + 'frame')", "generator.gi_frame"),
        ("getattr(lambda: 1, 'x')", "function.x"),
        ("df.agg('to_csv')", "'to_csv'"),
        ("pd.set_option('mode.copy_on_write', False)", "The option mode.copy_on_write"),
        ("pd.set_option('display.width', 9, 'compute.use_numba', True)", "The option compute.use_numba"),
        ("pd.set_option({'mode.copy_on_write': False})", "The option mode.copy_on_write"),
        ("pd.reset_option('all')", "The option all"),
        ("pd.options.mode.copy_on_write = False", "pd.options"),
        ("df.to_string('x')", "writes no file"),
        ("df.to_string(buf='x')", "writes no file"),
        ("pd.crosstab(df.open, df.close, df.high, None, None, 'to_csv')", "'to_csv'"),
        ("pd.crosstab(df.open, df.close, values=df.high, aggfunc='to_csv')", "'to_csv'"),
        ("df.agg(['mean', '__class__'])", "'__class__'"),
        ("df.agg({'close': ['to_pickle']})", "'to_pickle'"),
        ("df.agg(pd.Index(['mean']))", "Index cannot name functions"),
        ("df.agg(np.array(['mean'])[0])", "str_ cannot name functions"),
        ("df.apply('to_csv')", "'to_csv'"),
        ("df.apply(func='to_csv')", "'to_csv'"),
        ("df.transform('__class__')", "'__class__'"),
        ("df.groupby(df.index.hour).agg(x=('close', 'to_csv'))", "'to_csv'"),
        ("df.groupby(df.index.hour).agg(x=pd.NamedAgg('close', 'to_csv'))", "'to_csv'"),
        ("df.resample('1D').apply('to_csv')", "'to_csv'"),
        ("df.rolling(3).agg('__reduce__')", "'__reduce__'"),
        ("df.ewm(span=3).agg('__reduce__')", "'__reduce__'"),
        ("df.pivot_table(index='open', values='close', aggfunc='to_csv')", "'to_csv'"),
        ("df.pivot_table('close', 'open', None, 'to_csv')", "'to_csv'"),
        ("pd.pivot_table(df, 'close', 'open', None, 'to_csv')", "'to_csv'"),
        ("df.apply(len, **{'engine': 'numba'})", "engine="),
        ("df.pipe(print)", "pipe takes a function"),
        ("df.pipe((len, 'x'))", "pipe takes a function"),
        ("df.rolling(3, win_type='hann')", "win_type="),
        ("df.rolling(3, None, False, 'hann')", "win_type="),
        ("pd.Series.agg(df.close, 'to_csv')", "Series.agg"),
        ("list(map(pd.DataFrame.mean, [df]))", "DataFrame.mean"),
        ("pd.Timestamp.now()", "Timestamp.now"),
        ("df.append(df)", "pd.concat"),
        ("df.fillna(method='ffill')", "pandas 3 has .ffill()"),
        ("df.resample('4H').last()", "Frequencies are lower case"),
        ("x = 1 if df.close > 1 else 2", "Combine with & | ~"),
        ("df.close.to_numpy()[0] = 1.0", ".to_numpy(copy=True)"),
        ("math.sqrt.__name__.x", "str.x"),
        ("np.__name__", "A Facade has no name"),
        ("df.rollin(3)", "Did you mean rolling?"),
        ("type(print)", "type() of a method"),
        ("setattr(pd.Series, 'mean', 1)", "cannot be set"),
        ("setattr(df, 'x', 1)", "DataFrame.x cannot be set"),
        ("df.x = 1", "DataFrame.x cannot be set"),
        ("np.mean = 1", "cannot be set"),
        ("del df.close", "cannot be deleted"),
        ("df.close.values.shape = (1,)", "cannot be set"),
        ("np.ndarray(3)", "isinstance only"),
        ("np.r_['a']", "not text"),
    ],
)
def test_what_passes_the_checker_is_refused_by_the_guards_with_its_line(line: str, says: str) -> None:
    try:
        read_program(f"{_HEAD}    {line}\n")
    except Refused as refused:
        finding = refused.findings[0]
        assert finding.line == 2
    else:
        finding = failure(line)
        assert finding.line == 3 and finding.source_line == line
    assert says in finding.message + finding.hint


def refusal(body: str, before: str = "") -> str:
    """What stops a text, before the run or during it: message and hint."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    bars = frame(30)
    try:
        program = read_program(f"{before}{_HEAD}{lines}    return signals(df)\n{_SIGNALS}")
        program.ready(Log(0)).signals(bars, {})
    except Refused as refused:
        finding = refused.findings[0]
    except RunFailed as failed:
        finding = failed.finding
    else:
        pytest.fail("nothing stopped it")
    return f"{finding.message} {finding.hint}"


_SIGNALS = """
def signals(df):
    return pd.DataFrame({"long_entry": df.close > 0, "long_exit": df.close < 0}, index=df.index)
"""


def test_a_text_that_nothing_stops_is_noticed_by_these_tests() -> None:
    with pytest.raises(pytest.fail.Exception):
        refusal("x = 1")


def test_cve_2023_37271_no_generator_hands_out_its_frame() -> None:
    assert ".gi_frame is not available" in refusal("g = (g.gi_frame.f_back for _ in [1])")
    assert "generator.gi_frame" in refusal("getattr((x for x in [1]), 'gi_' + 'frame')")
    assert "generator.gi_code" in refusal("def f():\n    yield 1\ngetattr(f(), 'gi_' + 'code')")
    assert "generator.gi_yieldfrom" in refusal("def f():\n    yield 1\ngetattr(f(), 'gi_' + 'yieldfrom')")
    assert "generator.throw" in refusal("getattr((x for x in [1]), 'th' + 'row')")


def test_cve_2023_41039_no_text_walks_attributes_by_formatting() -> None:
    assert ".format is not available" in refusal("'{0.__class__.__init__.__globals__}'.format(df)")
    assert ".format_map is not available" in refusal("str.format_map('{x.__class__}', {'x': df})")
    assert "str.format is not" in refusal("list(map(getattr(str, 'for' + 'mat'), ['{0.__class__}'], [df]))")
    assert "str_.format is not" in refusal("getattr(np.str_('{0.__class__}'), 'for' + 'mat')(df)")


def test_cve_2024_47532_no_exception_hands_out_the_object_that_it_met() -> None:
    assert ".obj is not available" in refusal("try:\n    1 / 0\nexcept AttributeError as e:\n    e.obj")
    catch = "try:\n    {}\nexcept Exception as e:\n    getattr(e, {})"
    assert "NotAvailable.obj" in refusal(catch.format("getattr(df, 'to_' + 'csv')", "'o' + 'bj'"))
    assert "AttributeError.obj" in refusal(catch.format("A().nope", "'o' + 'bj'"), "class A:\n    pass\n")
    assert "ZeroDivisionError.with_traceback" in refusal(catch.format("1 / 0", "'with_trace' + 'back'"))
    assert "StopIteration.value" in refusal(catch.format("next(iter([]))", "'val' + 'ue'"))


def test_cve_2025_22153_no_exception_group_is_taken_apart() -> None:
    assert "TryStar is not available" in refusal("try:\n    pass\nexcept* Exception as e:\n    pass")
    assert "ExceptionGroup is not available" in refusal("raise ExceptionGroup('x', [ValueError()])")


@pytest.mark.parametrize(
    "guard", ["_getattr_", "_write_", "_import_", "_metaclass_", "_name_of_", "_getiter_"]
)
@pytest.mark.parametrize(
    "binding",
    [
        "def f({0}, /):\n    return df.x",
        "def f(*, {0}=1):\n    pass",
        "def f(*{0}):\n    pass",
        "def f(**{0}):\n    pass",
        "def {0}():\n    pass",
        "class {0}:\n    pass",
        "class A:\n    {0} = 1",
        "f = lambda {0}, /: df.x",
        "f = lambda {0}=1: df.x",
        "{0} = 1",
        "{0}: int = 1",
        "x, *{0} = 1, 2",
        "({0} := 1)",
        "[({0} := y) for y in [1]]",
        "[{0} for {0} in [1]]",
        "for {0} in [1]:\n    pass",
        "with A() as {0}:\n    pass",
        "try:\n    pass\nexcept ValueError as {0}:\n    pass",
        "import math as {0}",
        "from math import sqrt as {0}",
        "global {0}",
        "del {0}",
        "print({0}=1)",
        "f'{{({0} := 1)}}'",
    ],
)
def test_cve_2026_55830_no_binding_shadows_a_guard(guard: str, binding: str) -> None:
    assert f"The name {guard} is reserved" in refusal(binding.format(guard))


def test_cve_2026_76825_no_formatter_of_the_standard_library_is_at_hand() -> None:
    assert "string.Formatter is not" in refusal("from string import Formatter")
    assert "string.Template is not" in refusal("from string import Template")
    assert "string.Formatter is not" in refusal(
        "import string\nstring.Formatter().format('{0.__class__}', df)"
    )
    assert "The name string is not" in refusal("string.Formatter()")
    formatter = "import logging\nlogging.Formatter('{0.__class__}', style='{')"
    assert "format is not" in refusal(f"{formatter}.format(df)")


def test_a_label_named_as_a_hook_of_numpy_gives_no_access_to_memory() -> None:
    code = (
        _HEAD
        + """
    hook = {"shape": (4,), "typestr": "|u1", "data": (1, False), "version": 3}
    print(np.array(pd.Series({"__array_interface__": hook, "b": 1})).dtype)
    row = df.assign(**{"__array_struct__": 1.0, "__array_interface__": 1.0}).iloc[0]
    print(np.asarray(row).dtype, row["__array_interface__"])
    named = pd.Series({"_x": 1, "plain": 2})
    print(named.plain, named._x)
    return signals(df)
"""
    )
    log = Log(1000)
    read_program(code + _SIGNALS).ready(log).signals(frame(30), {})  # without the guard it would crash here
    assert log.text().splitlines() == ["object", "float64 1.0", "2 1"]


def test_an_enumeration_makes_no_other_class_when_called() -> None:
    before = "from enum import Enum\nimport copy\nclass E(Enum):\n    pass\nclass F(Enum):\n    A = 1\n"
    assert "positional argument" in refusal("E('X', {'A': 1, '__len__': len})", before)
    assert "unexpected keyword" in refusal("E('X', 'A', type=float)", before)
    assert "unexpected keyword" in refusal("E('X', names='A', module='os')", before)
    assert "F is F.A" not in refusal("assert F(1) is F.A\nraise ValueError", before)


@pytest.mark.parametrize(
    "line",
    [
        "pd.Categorical.from_codes([0, 100], [1.5, 2.5], validate=False)",
        "pd.MultiIndex([[1.5]], [[0, 100]], verify_integrity=False)",
        "pd.MultiIndex.from_arrays([[1.5, 2.5]]).set_levels([[1.5]], verify_integrity=False)",
        "pd.MultiIndex.from_arrays([[1.5, 2.5]]).codes[0][0] = 100",
        "pd.Categorical(['a']).codes[0] = 100",
        "np.lib.stride_tricks.as_strided(df.close.values, (10 ** 9,))",
        "df.close.values.resize(10 ** 6)",
        "np.dtype({'names': ['a', 'b'], 'formats': ['i8', 'O'], 'offsets': [0, 0]})",
        "np.dtype(('i8', [('o', 'O')]))",
    ],
)
def test_positions_that_pandas_and_numpy_would_not_check_cannot_be_made(line: str) -> None:
    said = refusal(line)
    assert any(
        words in said
        for words in ("not available", "isinstance only", "read-only", "overlapping", "not supported")
    ), said


def test_private_names_of_own_classes_may_be_those_of_named_tuples() -> None:
    code = f"""class A:
    def __init__(self):
        self._fields = 1
    def _replace(self):
        return self._fields
{_HEAD}    print(A()._replace())
    return signals(df)
"""
    log = Log(100)
    read_program(code + _SIGNALS).ready(log).signals(frame(30), {})
    assert log.text() == "1\n"


@pytest.mark.parametrize("code", ["def f(): pass", "class A: pass"])
def test_type_parameters_are_refused_because_nothing_rewrites_their_bounds(code: str) -> None:
    tree = ast.parse(code)
    vars(tree.body[0])["type_params"] = [ast.Name("T", ast.Load())]  # as Python 3.12 gives them
    rules = StrategyRules(code.split("\n"), Bindings(tree))
    rules.visit(tree)
    assert [finding.rule for finding in rules.findings][:1] == ["syntax"]


def test_reading_every_listed_attribute_reaches_no_module_frame_or_code() -> None:
    import types
    import warnings

    import numpy as np
    import pandas as pd

    from sandbox.guards import Guards
    from sandbox.kinds import label_of

    bars = frame(60)
    words = pd.Series(["a", "b"], dtype="category")
    things = [
        *(bars, bars.close, bars.index, bars.index[0], bars.index[1] - bars.index[0], bars.loc, words.cat),
        *(bars.rolling(3), bars.close.ewm(3), bars.close.expanding(), bars.resample("D"), pd.RangeIndex(3)),
        *(bars.groupby(bars.index.hour), bars.groupby(bars.index.hour).close, bars.index.to_series().dt),
        *(bars.close.to_numpy(), np.float64(1.5), np.maximum, np.random.default_rng(1), np.finfo(float)),
        *(words.astype(str).str, pd.Period("2024"), pd.Interval(0, 1), pd.offsets.BDay(), bars.close.dtype),
        *("text", 1, 1.5, [1], {1: 2}, {1}, (1,), range(3), ValueError("x"), (x for x in [1])),
        *(np.random.RandomState(1), np.poly1d([1, 2])),
    ]
    guards, seen = Guards(), 0
    for thing in things:
        for name in INSTANCES[label_of(type(thing)) or ""]:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # some names are deprecated, and still written
                    value = guards.read(thing, name)
            except (AttributeError, TypeError, ValueError, NotImplementedError):
                continue  # absent, or refused by the library for this very object
            seen += 1
            forbidden = types.ModuleType | types.FrameType | types.CodeType | types.TracebackType
            assert not isinstance(value, forbidden), (thing, name)
            assert not isinstance(value, type), (thing, name)
    assert seen > 1200


@pytest.mark.parametrize(
    "lines",
    [
        "class A:\n def __call__(self, s): return 1\n def __iter__(self): return iter(['to_dict'])\nf = A()",
        "class A(list):\n def __call__(self, s): return 1\nf = A(['to_dict'])",
        "class A(dict):\n def __call__(self, s): return 1\nf = A(close='to_dict')",
        "from typing import NamedTuple\nclass A(NamedTuple):\n x: str\n def __call__(self, s): return 1\n"
        "f = A('to_dict')",
    ],
)
def test_an_object_that_is_called_and_holds_names_is_only_called(lines: str) -> None:
    body = "\n".join("    " + line for line in lines.split("\n"))
    log = Log(1000)
    with pytest.raises(RunFailed, match="Series"):  # one value per column, and no table of dicts
        program = read_program(f"{_HEAD}{body}\n    print(df.agg(f).tolist())\n    return df.close\n")
        program.ready(log).signals(frame(30), {})
    assert log.text() == "[1, 1, 1, 1, 1]\n"


def test_a_text_that_is_a_member_of_an_enumeration_does_not_format_either() -> None:
    code = _HEAD + (
        "    from enum import StrEnum\n    class A(StrEnum):\n        X = '{0.__class__}'\n"
        "    return getattr(A.X, 'for' + 'mat')(df)\n"
    )
    with pytest.raises(RunFailed, match="format is not available"):
        read_program(code).ready(Log(0)).signals(frame(30), {})


def test_a_namespace_takes_no_special_names() -> None:
    code = (
        _HEAD + "    from types import SimpleNamespace\n    SimpleNamespace(**{'__array_interface__': {}})\n"
    )
    with pytest.raises(RunFailed, match="__array_interface__"):
        read_program(code).ready(Log(0)).signals(frame(30), {})


def test_a_function_in_a_list_cannot_change_a_later_name_while_pandas_runs() -> None:
    code = (
        _HEAD
        + """
    names = []
    def first(s, *rest):
        names[1] = 'to_csv'
        return 1
    names.extend([first, 'mean'])
    return df.close.agg(names)
"""
    )
    with pytest.raises(RunFailed, match="Series"):  # it returned the aggregates, not a CSV text
        read_program(code).ready(Log(0)).signals(frame(30), {})


def test_all_findings_of_a_text_come_at_once_in_the_order_of_their_lines() -> None:
    code = "import os\nimport sys\n" + _HEAD + "    open('x')\n    return df.to_csv()\n"
    with pytest.raises(Refused) as refused:
        read_program(code)
    assert [finding.line for finding in refused.value.findings] == [1, 2, 4, 5]


@pytest.mark.parametrize(
    ("code", "rule", "says"),
    [
        (b"x = 1", "source", "not text"),
        ("x = 1\n" * 40_000, "size", "characters"),
        ("x = " + "-" * 1500 + "1", "size", "nested too deeply"),
        ("x = " + "(" * 300 + ")" * 300, "syntax", ""),
        ("a" + ".a" * 900, "size", "nested too deeply"),
        ("x = 1 " + "#" * 3000, "size", "3006 characters"),
        ("x = [" + "1," * 950 + "]\n" * 1, "contract", "generate_signals"),
        ("\n".join(f"x{i} = [1,2,3,4,5,6,7,8,9]" for i in range(1800)), "size", "syntax nodes"),
        ("x = 1 # \u202e", "characters", "U+202E"),
        ("x = '\x00'", "characters", "U+0000"),
        ("x = '\x0c'", "characters", "U+000C"),
        ("sigm\u0430 = 1", "characters", "letters outside"),
        ("x = __\uff43lass__", "characters", "letters outside"),
        ("x = 1", "contract", "no function generate_signals"),
        ("def generate_signals(df):\n    return df", "contract", "does not take"),
        ("def generate_signals(df, params, more):\n    return df", "contract", "does not take"),
        ("def generate_signals(df, params, *, more):\n    return df", "contract", "does not take"),
        ("PARAMS = {'n': {'default': int('1')}}\n" + _PLAIN, "params", "not a literal"),
        ("PARAMS = {'n': {'default': 'x'}}\n" + _PLAIN, "params", "not a number"),
        ("PARAMS = {'n': {'defualt': 1}}\n" + _PLAIN, "params", "unknown key"),
        ("PARAMS = {'n': {'default': 1, 'low': 2}}\n" + _PLAIN, "params", "outside its range"),
        ("PARAMS = {}\nPARAMS = {}\n" + _PLAIN, "params", "assigned 2 times"),
        ("PARAMS = {" + ", ".join(f"'n{i}': 1" for i in range(60)) + "}\n" + _PLAIN, "params", "60 entries"),
        ("CONSTRAINTS = ['a < b']\n" + _PLAIN, "params", "which is no parameter"),
        ("PARAMS = {'a': 2, 'b': 1}\nCONSTRAINTS = ['a < b']\n" + _PLAIN, "params", "break the constraint"),
        ("CONTRACT = 2\n" + _PLAIN, "params", "CONTRACT is 2"),
        ("return 1\n" + _PLAIN, "syntax", "outside function"),
    ],
)  # fmt: skip
def test_a_text_that_breaks_the_rules_on_its_form_is_refused(code: object, rule: str, says: str) -> None:
    finding = first_refusal(code)  # pyright: ignore
    assert finding.rule == rule and says in finding.message


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault() -> None:
    program = read_program("\ufeff" + _HEAD.replace("\n", "\r\n") + "    return df.nothing\r\n")
    with pytest.raises(RunFailed) as failed:
        program.ready(Log(0)).signals(frame(10), {})
    assert (failed.value.finding.line, failed.value.finding.source_line) == (2, "return df.nothing")


def test_what_is_declared_comes_back_with_types_ranges_and_hypothesis() -> None:
    code = '"""Trends last.\n\nMore."""\nPARAMS = {"a": {"default": 2, "low": 1, "high": 9}, "b": 0.5}\n'
    declared = read_program(code + 'CONSTRAINTS = ["b < a"]\n' + _HEAD + "    return df").declared
    assert declared.hypothesis == "Trends last."
    assert [(p.name, p.kind, p.default, p.low) for p in declared.parameters] == [
        ("a", "int", 2, 1),
        ("b", "float", 0.5, None),
    ]
    assert declared.constraints == ("b < a",) and declared.defaults() == {"a": 2, "b": 0.5}


def test_an_exception_text_of_the_strategy_is_cut_and_says_the_strategys_own_line() -> None:
    finding = failure("raise ValueError('x' * 10**6)")
    assert len(finding.message) < 500 and finding.message.startswith("ValueError: xxx")
    assert finding.line == 3 and finding.column is not None


@pytest.mark.parametrize("said", ["A(), [1]", "'x', A()", "A()", "1, 2"])
def test_a_refusal_that_the_strategy_raises_itself_is_told_like_any_other(said: str) -> None:
    code = f"""class A:
    def __str__(self):
        raise ValueError
{_HEAD}    try:
        getattr(df, 'to_' + 'csv')
    except Exception as problem:
        kind = type(problem)
    raise kind({said})
"""
    with pytest.raises(RunFailed) as failed:
        read_program(code).ready(Log(0)).signals(frame(30), {})
    assert type(failed.value.finding.message) is str and type(failed.value.finding.hint) is str


def test_no_facade_hands_out_a_module_or_another_mutable_thing() -> None:
    import types

    for facade in known_modules().values():
        for name, value in members_of(facade).items():
            assert not isinstance(value, types.ModuleType | list | dict | set), (facade, name)
            assert not name.startswith("_")


def test_facades_cannot_be_changed_or_copied() -> None:
    import copy

    facade = Facade("x", {"a": 1})
    for attempt in (
        lambda: setattr(facade, "a", 2),
        lambda: delattr(facade, "a"),
        lambda: setattr(facade, "_members", {}),
        lambda: copy.copy(facade),
    ):
        with pytest.raises(TypeError):
            attempt()


def test_no_list_of_attributes_names_a_door_to_files_text_or_the_interior() -> None:
    doors = {
        "eval",
        "query",
        "format",
        "format_map",
        "to_csv",
        "to_pickle",
        "from_codes",
        "set_codes",
        "set_levels",
        "style",
        "plot",
        "mro",
    }
    doors |= {
        "dump",
        "dumps",
        "tofile",
        "ctypes",
        "data",
        "base",
        "flags",
        "setflags",
        "resize",
        "strides",
        "view",
    }
    doors |= {
        "obj",
        "with_traceback",
        "fget",
        "func",
        "attrs",
        "set_flags",
        "now",
        "today",
        "tobytes",
        "info",
    }
    assert not doors & EVERY_ATTRIBUTE
    assert not [name for name in EVERY_ATTRIBUTE if name.startswith(("_", "read_"))]


def test_every_listed_attribute_of_tables_exists_in_this_pandas() -> None:
    import pandas as pd

    for kind in (pd.Series, pd.DataFrame, pd.DatetimeIndex, pd.Timestamp, pd.Timedelta):
        absent = {name for name in INSTANCES[kind.__name__] if not hasattr(kind, name)}
        assert absent <= {"T"}, (kind, absent)


_PIECES = """
df np pd ta .x ._x .__class__ ( ) [0] ['a'] + getattr , 'to_csv' '__class__' .format * ** := y yield { } =
_getattr_ f'{df}' async await @ del global if for in else lambda import os class def : return
"""
_BITS = st.sampled_from([*_PIECES.split(), "\n    ", "lambda _a: ", "if 1 else", "class A:", "def f():"])


@settings(max_examples=300, deadline=None)
@given(st.lists(_BITS, max_size=14))
def test_any_text_is_either_refused_with_findings_or_compiles(bits: list[str]) -> None:
    try:
        read_program(f"{_HEAD}    {' '.join(bits)}\n    return df\n")
    except Refused as refused:
        assert refused.findings and all(finding.message and finding.rule for finding in refused.findings)
