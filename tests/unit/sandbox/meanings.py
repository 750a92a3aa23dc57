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
"""

MEANINGS = [tuple(block.strip().rsplit("\n=> ", 1)) for block in _TEXT.split("\n\n")]
