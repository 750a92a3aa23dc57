"""What compiled strategies may hold, judged by their byte code: it shares no rule with the checker."""

from __future__ import annotations

import dis
import re
from collections.abc import Iterator
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_ITERABLE_COROUTINE
from types import CodeType

from sandbox.words import words

_READS = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"})
_WRITES = frozenset({"STORE_ATTR", "DELETE_ATTR"})
_IMPORTS = frozenset({"IMPORT_NAME", "IMPORT_FROM", "IMPORT_STAR"})
_CLOSED = words(
    """
    MATCH_CLASS MATCH_KEYS MATCH_MAPPING MATCH_SEQUENCE CHECK_EG_MATCH PREP_RERAISE_STAR GET_AWAITABLE
    GET_AITER GET_ANEXT BEFORE_ASYNC_WITH ASYNC_GEN_WRAP PRINT_EXPR
    """
)
_GUARDS = words("_getattr_ _write_ _metaclass_ _name_of_ _class_name_ _import_")
# What Python itself reads and binds in the body of a class.
_IN_CLASS_BODY = words(
    """
    __name__ __module__ __qualname__ __doc__ __annotations__ __class__ __classcell__ __classdict__
    __classdictcell__ __static_attributes__ __firstlineno__ __conditional_annotations__
    """
)
_METHODS = words(
    """
    __init__ __post_init__ __call__ __repr__ __str__ __format__ __iter__ __next__ __reversed__ __contains__
    __len__ __missing__ __getitem__ __setitem__ __delitem__ __bool__ __int__ __float__ __enter__ __exit__
    __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __neg__ __pos__ __abs__ __invert__ __round__ __add__
    __sub__ __mul__ __truediv__ __floordiv__ __mod__ __divmod__ __pow__ __matmul__ __and__ __or__ __xor__
    __radd__ __rsub__ __rmul__ __rtruediv__ __rfloordiv__ __rmod__ __rpow__ __rmatmul__ __rand__ __ror__
    __rxor__ __iadd__ __isub__ __imul__ __itruediv__ __iand__ __ior__ __ixor__
    """
)


def faults(code: CodeType) -> Iterator[str]:
    """What `code`, and the functions and classes inside it, hold that no accepted strategy may."""
    for each in _inside(code):
        yield from _faults_of(each)


def _inside(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _inside(constant)


def _faults_of(code: CodeType) -> Iterator[str]:
    if code.co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE):
        yield f"{code.co_name} is asynchronous"
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("CACHE", "EXTENDED_ARG")]
    in_class = any(step.opname.startswith("STORE_NAME") and step.argval == "__module__" for step in steps)
    writes = guarded = 0
    for before, step in zip([None, *steps], steps, strict=False):
        operation, name = step.opname, step.argval
        if operation in _READS and not (name == "format" and _is_plain_text(before)):
            yield f"an attribute is read past the guard: {name}"
        elif operation in _IMPORTS or operation in _CLOSED:
            yield f"{operation} {name}"
        elif operation in _WRITES:
            writes += 1
            if before is None or before.opname not in ("CALL", "CALL_FUNCTION"):
                yield f"an attribute is written past the guard: {name}"
        if operation in _WRITES or (isinstance(name, str) and _is_name(operation)):
            yield from _name_faults(operation, name, in_class)
        guarded += name == "_write_" and operation.startswith("LOAD")
    if writes != guarded:
        yield f"{writes} attributes are written, {guarded} of them through the guard"
    for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
        if name in _GUARDS or (_is_special(name) and name not in ("__class__", "__classdict__")):
            yield f"{name} is a local variable"


def _is_plain_text(before: dis.Instruction | None) -> bool:
    """A written text whose fields reach values only: then its own `format` is what an f-string is."""
    if before is None or before.opname != "LOAD_CONST" or type(before.argval) is not str:
        return False
    return not re.search(r"\{[^{}:!]*[.\[]", before.argval.replace("{{", ""))


def _is_name(operation: str) -> bool:
    return operation.startswith(("LOAD_", "STORE_", "DELETE_")) and not operation.startswith("LOAD_CONST")


def _name_faults(operation: str, name: str, in_class: bool) -> Iterator[str]:
    if _is_special(name):
        in_body = in_class and name in (_IN_CLASS_BODY | _METHODS) and "ATTR" not in operation
        is_cell = name == "__class__" and operation in ("LOAD_CLOSURE", "LOAD_FAST", "LOAD_DEREF")
        if not (in_body or is_cell or (operation, name) == ("STORE_NAME", "__doc__")):
            yield f"{operation} of the special name {name}"
    elif name in _GUARDS:
        if not operation.startswith(("LOAD_GLOBAL", "LOAD_NAME")):
            yield f"{operation} of the guard {name}"
    elif name.startswith("_") and name != "_" and not name.startswith("_tmp"):
        yield f"{operation} of the private name {name}"
    if not name.isascii():
        yield f"{operation} of {name!r}"


def _is_special(name: str) -> bool:
    return name.startswith("__")
