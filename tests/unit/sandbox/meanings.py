"""Bodies of functions, and the repr of what they return (its first 64 characters)."""

from __future__ import annotations

_TEXT = r"""
calls = []
def key():
    calls.append(1)
    return 'a'
d = {'a': 1}
d[key()] += 5
return d, calls
=> ({'a': 6}, [1])

class A:
    def __init__(self):
        self.n = 1
made = []
def get():
    made.append(A())
    return made[-1]
get().n += 4
return len(made), made[0].n
=> (1, 5)

class A:
    def __init__(self):
        self.items = [1]
a = A()
same = a.items
a.items += [2]
return same is a.items, same
=> (True, [1, 2])

class A:
    n = 1
A.n += 1
A.n -= 5
return A.n, A().n
=> (-3, -3)

x = [[1, 2], [3, 4]]
x[0][1] *= 10
x[1][0] **= 2
return x
=> [[1, 20], [9, 4]]

df['a'] = df['close']
df['a'] -= df['close']
df.loc[df.index[0], 'a'] += 2
return float(df['a'].sum())
=> 2.0

class A:
    def __init__(self):
        self._x = 1
        self.__y = 2
    def _both(self):
        return self._x + self.__y
return A()._both()
=> 3

def _f(_a, *_rest, _k=1, **_more):
    return _a + len(_rest) + _k + len(_more)
return _f(1, 2, 3, _k=5, _z=0)
=> 9

_, __ = 1, 2
_total = _ + __
return _total
=> 3

class A:
    def __init__(self):
        self._x = 7
return getattr(A(), '_x'), hasattr(A(), '_y'), getattr(A(), '_y', 0)
=> (7, False, 0)

class A:
    pass
a = A()
setattr(a, 'x', 3)
return a.x
=> 3

x: int = 1
y: 'list[int]'
return x
=> 1

def f(n):
    total = 0
    def add(k):
        nonlocal total
        total += k
    for i in range(n):
        add(i)
    return total
return f(5)
=> 10

a, (b, *c), d = 1, (2, 3, 4), 5
return a, b, c, d
=> (1, 2, [3, 4], 5)

for i, (a, b) in enumerate([(1, 2), (3, 4)]):
    pass
else:
    i = 9
return i, a, b
=> (9, 3, 4)

out = {k: [v for v in range(k) if v % 2] for k in (3, 4)}
return out
=> {3: [1], 4: [1, 3]}

return [y for x in range(5) if (y := x * 2) > 4]
=> [6, 8]

try:
    1 / 0
except ZeroDivisionError as e:
    return str(e)
finally:
    pass
=> 'division by zero'

try:
    raise ValueError('x') from None
except (KeyError, ValueError) as e:
    return e.args
=> ('x',)

class E(Exception):
    pass
try:
    raise E('mine')
except E as e:
    return str(e)
=> 'mine'

from dataclasses import dataclass, field, replace, asdict
@dataclass(order=True)
class P:
    x: int
    y: list = field(default_factory=list)
    _z: int = 3
p = P(1)
q = replace(p, x=2)
return p < q, asdict(q)['x'], p == P(1)
=> (True, 2, True)

from dataclasses import dataclass
from typing import ClassVar
@dataclass
class P:
    K: ClassVar[int] = 7
    x: int = 1
    def __post_init__(self):
        self.double = self.x * 2
return P(4).double, P.K
=> (8, 7)

from enum import Enum, IntEnum, auto
class S(Enum):
    A = auto()
    B = 'b'
class T(IntEnum):
    LOW = 1
    HIGH = 2
return S.B.value, S.A.name, T.HIGH > T.LOW, [s.name for s in S], S('b') is S.B
=> ('b', 'A', True, ['A', 'B'], True)

from typing import NamedTuple
class P(NamedTuple):
    x: int
    y: int = 2
p = P(1)
return p.x + p.y, p._replace(x=5).x, p._asdict()['y']
=> (3, 5, 2)

class A:
    def __init__(self, n):
        self.n = n
    def size(self):
        return self.n
class B(A):
    def __init__(self):
        super().__init__(4)
    def size(self):
        return super().size() + 1
return B().size(), isinstance(B(), A)
=> (5, True)

class A:
    def __init__(self):
        self._v = 1
    @property
    def v(self):
        return self._v
    @v.setter
    def v(self, x):
        self._v = x
    @staticmethod
    def s():
        return 2
    @classmethod
    def c(cls):
        return cls().v
a = A()
a.v = 5
a.v += 1
return a.v, A.s(), A.c()
=> (6, 2, 1)

class C:
    def __init__(self):
        self.i = 0
    def __iter__(self):
        return self
    def __next__(self):
        self.i += 1
        if self.i > 3:
            raise StopIteration
        return self.i
    def __call__(self, x):
        return x * 2
    def __repr__(self):
        return 'C!'
return list(C()), C()(4), C()
=> ([1, 2, 3], 8, C!)

from functools import lru_cache
@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
return fib(30)
=> 832040

def gen():
    got = yield 1
    yield got
g = gen()
next(g)
return g.send(7)
=> 7

del df['volume']
x = [1, 2, 3]
del x[0]
return list(df.columns)[-1], x
=> ('close', [2, 3])

return f"{3.14159:.2f}|{'a':>3}|{1000000:,}|{7!r}|{'x' * 2}"
=> '3.14|  a|1,000,000|7|xx'

f = lambda x, *a, k=1, **kw: (x, a, k, kw)
return f(1, *[2], **{'k': 3, 'z': 4})
=> (1, (2,), 3, {'z': 4})

def f(a, b=2, /, c=3, *, d=4):
    return a + b + c + d
return f(1, d=0)
=> 6

return params['n'] + params.get('x', 4)
=> 7

return __name__
=> 'strategy'

if __name__ == '__main__':
    return 1
return 2
=> 2

return "{} {:.2f} {!r:>4} {{}}".format('a', 1.5, 'b')
=> "a 1.50  'b' {}"

seen = []
def note(x):
    seen.append(x)
    return x
text = "{b} {a:{w}d}|".format(a=note(7), w=note(3), b=note('x'))
return text, seen
=> ('x   7|', [7, 3, 'x'])

p = {'fast': 5, 'slow': 20}
return "{fast}/{slow:03d} {0}".format(*[9], **p)
=> '5/020 9'

class V:
    def __init__(self, x):
        self.x = x
    def __add__(self, o):
        return V(self.x + getattr(o, 'x', o))
    __radd__ = __add__
    def __neg__(self):
        return V(-self.x)
    def __getitem__(self, k):
        return self.x * k
    def __len__(self):
        return 3
    def __hash__(self):
        return hash(self.x)
    def __eq__(self, o):
        return self.x == o.x
    def __format__(self, spec):
        return format(self.x, spec)
    def __contains__(self, k):
        return k == self.x
return (1 + -V(2) + V(5))[10], len(V(0)), len({V(1), V(1)}), f'{V(2):03d}', 4 in V(4)
=> (40, 3, 1, '002', True)

from enum import Enum, auto
class Planet(Enum):
    EARTH = (1, 2.5)
    MARS = (3, 4.5)
    def __init__(self, mass, radius):
        self.mass = mass
        self._radius = radius
    @property
    def size(self):
        return self._radius * 2
class Kind(Enum):
    A = auto()
    def __init__(self, given):
        self.given = given
return Planet.MARS.size, [p.mass for p in Planet], Planet((1, 2.5)).name, Kind.A.value, len(Kind)
=> (9.0, [1, 3], 'EARTH', 1, 1)

from functools import total_ordering
@total_ordering
class N:
    def __init__(self, n):
        self.n = n
    def __eq__(self, o):
        return self.n == o.n
    def __lt__(self, o):
        return self.n < o.n
return N(1) <= N(2), max(N(1), N(3), N(2)).n
=> (True, 3)

from enum import Enum, StrEnum, auto
class S(str, Enum):
    UP = 'up'
class T(StrEnum):
    DOWN = auto()
return S.UP == 'up', S('up') is S.UP, S.UP.upper(), f'{T.DOWN}', T.DOWN in ('down',)
=> (True, True, 'UP', 'down', True)

class E(ValueError):
    def __init__(self, text, n=0):
        super().__init__(text)
        self.n = n
    def __str__(self):
        return f'{self.args[0]}:{self.n}'
class F(E):
    pass
try:
    raise F('x', n=3)
except ValueError as e:
    return str(e), e.n, isinstance(e, E)
=> ('x:3', 3, True)

from types import SimpleNamespace
n = SimpleNamespace(a=1, b=[2])
n.c = n.a + 1
n.a += 5
return n.a, n.c, n, n == SimpleNamespace(a=6, b=[2], c=2)
=> (6, 2, namespace(a=6, b=[2], c=2), True)

from math import *
from typing import *
x: Optional[int] = floor(2.5)
return x, sum([1, 2]), isinstance([1], List), isinstance((1,), Sequence), isinstance({}, Mapping)
=> (2, 3, True, True, True)

pd.set_option('display.width', 99)
pd.options.mode.chained_assignment = None
with pd.option_context('display.max_rows', 2):
    n = len(df)
return n, np.seterr(all='ignore'), np.set_printoptions(precision=3)
=> (50, {}, None)

from contextlib import contextmanager
out = []
@contextmanager
def part(name):
    out.append(name)
    yield len(name)
    out.append('end')
with part('abc') as k:
    out.append(k)
return out
=> ['abc', 3, 'end']

def f():
    pass
return getattr(f, '__name__', '?'), getattr(3, '__name__', '?')
=> ('f', '?')

rows = df.head(3).to_records()
return rows[1].close == rows.close[1] == df.close.iloc[1], rows['open'].shape, len(rows)
=> (np.True_, (3,), 3)

from statistics import NormalDist
from decimal import Decimal
from fractions import Fraction
cents = Decimal('1.005').quantize(Decimal('0.01'))
return round(NormalDist().cdf(0.0), 2), str(cents), Fraction(1, 3).denominator
=> (0.5, '1.00', 3)

from zoneinfo import ZoneInfo
import pytz
t = df.index[0]
there = t.tz_convert(pytz.timezone('US/Eastern'))
return t.tz_convert(ZoneInfo('Asia/Kolkata')).minute, there.hour, str(pytz.utc)
=> (30, 19, 'UTC')

from dataclasses import dataclass, fields, field
@dataclass(frozen=True, slots=True, order=True)
class P:
    a: int = 1
    b: float = field(default=2.0)
return [f.name for f in fields(P)], P(3) > P(), hash(P()) == hash(P())
=> (['a', 'b'], True, True)

class Roll:
    def __call__(self, x):
        return x.sum()
class Both:
    def __call__(self, x):
        return 7
    def __iter__(self):
        return iter(['mean'])
return float(df.close.rolling(2).apply(Roll()).iloc[1]) > 0, df.agg(Both()).tolist()
=> (True, [7, 7, 7, 7, 7])

class Settings(dict):
    def __init__(self, **named):
        super().__init__(named)
        self.seen = []
    def __getitem__(self, key):
        self.seen.append(key)
        return super().__getitem__(key)
    def __missing__(self, key):
        return 'none'
    def get(self, key, default=None):
        return super().get(key, default)
s = Settings(a=1)
return s['a'], s['b'], s.get('c', 5), s.seen, len(s), isinstance(s, dict)
=> (1, 'none', 5, ['a', 'b'], 1, True)

class Stack(list):
    def push(self, x):
        self.append(x)
        return self
    def append(self, x):
        super().append(x * 2)
return Stack([1]).push(2)[::-1]
=> [4, 1]

from enum import Flag, auto
class Side(Flag):
    LONG = auto()
    SHORT = auto()
both = Side.LONG | Side.SHORT
return Side.LONG in both, bool(both & Side.SHORT), Side.LONG.value
=> (True, True, 1)

from typing import TypedDict, Protocol
class Options(TypedDict, total=False):
    n: int
o: Options = Options(n=3)
return o, type(o).__name__
=> ({'n': 3}, 'dict')
"""

MEANINGS = [tuple(block.strip().rsplit("\n=> ", 1)) for block in _TEXT.split("\n\n")]
