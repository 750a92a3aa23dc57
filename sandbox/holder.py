"""The holder of a batch: a locked process that has read the text, holds the bars, and forks children.

It runs nothing of the strategy. A child runs one set, or, where the text can leave nothing behind
(`sandbox.sharing`), a block of them, each with names and bars of its own. Each child takes the walls that the
holder lacks, sees only its own reply, and begins from the same state as every other, so that a set gives the
same bytes alone and in a batch.
"""

from __future__ import annotations

import gc
import mmap
import os
import struct
import time
from dataclasses import dataclass
from typing import NoReturn

import pandas as pd

from engine.strategy.spec import Number
from sandbox.block import Block, decoded_block
from sandbox.child import (
    Given,
    answer,
    catch_alarm,
    leave,
    leave_fault,
    mapped_reply,
    received,
    set_alarm,
)
from sandbox.job import Received, decode_job, decoded_params
from sandbox.lockdown import lock_down_forked, lock_down_holder
from sandbox.log import Log
from sandbox.order import Order
from sandbox.perform import Outcome, checked, ran
from sandbox.program import Program, read_program
from sandbox.reply import UNWRITTEN, Report, Status

FINISHED = struct.Struct(
    "<Iiqd"
)  # the reply, and how the child of a set, or of a block that shares one, ended
READY, SHARING, REFUSED = b"ready", b"sharing", b"refused"  # a refusal stands in the first reply
MAX_MESSAGE = 1 << 17
_TOGETHER_SHARE = 0.25  # of the time of one set: after it, no other set of a block begins


@dataclass(frozen=True, slots=True)
class _Held:
    """What every child of a batch begins with."""

    job: Received
    program: Program
    frame: pd.DataFrame


def hold(order: Order, descriptors: list[int], zygote_pid: int) -> NoReturn:
    """Read the text once, then serve one set after the other until the host closes the link."""
    code = 1
    reply: memoryview | None = None
    try:
        given, (link, *reply_fds) = received(order, descriptors)
        replies = [mapped_reply(descriptor, order.block * order.reply_bytes) for descriptor in reply_fds]
        reply = memoryview(replies[0])
        catch_alarm()
        link = lock_down_holder(order.memory_bytes, zygote_pid, link)
        held = _read(given)
        if isinstance(held, Report):
            leave(reply, held)
            os.write(link, REFUSED)
        else:
            reply.release()
            os.write(link, SHARING if held.program.shares else READY)
            _serve(order, link, held, replies)
        code = 0
    except Exception as problem:  # a fault of ours: told, so that it can be mended
        code = leave_fault(reply, problem)
    finally:
        os._exit(code)


def _read(given: Given) -> _Held | Report:
    job = decode_job(given.job)
    try:
        program = checked(job.code, read_program)
        if isinstance(program, Report):
            return program
        held = _Held(job, program, given.frame(job.rows))
    except MemoryError:
        return Report(Status.MEMORY)
    gc.freeze()
    return held


def _serve(order: Order, link: int, held: _Held, replies: list[mmap.mmap]) -> None:
    while message := os.read(link, MAX_MESSAGE):
        block = decoded_block(message)
        places = range(len(block.sets))
        for place in places:
            start = place * order.reply_bytes
            replies[block.slot][start : start + len(UNWRITTEN)] = UNWRITTEN
        together = block.together and held.program.shares
        for part in [places] if together else [range(place, place + 1) for place in places]:
            _fork(order, link, held, replies, block, part)


def _fork(
    order: Order, link: int, held: _Held, replies: list[mmap.mmap], block: Block, places: range
) -> None:
    """Let a child run the sets at these places of a block, and say how it ended."""
    holder_pid = os.getpid()
    pid = os.fork()
    if pid == 0:
        _run_sets(order, held, replies, block, places, holder_pid)
    _, status, usage = os.wait4(pid, 0)
    os.write(link, FINISHED.pack(block.slot, status, usage.ru_maxrss, usage.ru_utime + usage.ru_stime))


def _run_sets(
    order: Order, held: _Held, replies: list[mmap.mmap], block: Block, places: range, holder_pid: int
) -> NoReturn:
    """Run the sets in this freshly forked process, and end it; together they have the limits of one."""
    code = 1
    reply: memoryview | None = None
    try:
        memory = memoryview(replies[block.slot])
        began = time.monotonic()
        set_alarm(order.wall_s)
        lock_down_forked(order.cpu_s, holder_pid)
        for other, mapped in enumerate(replies):
            if other != block.slot:
                mapped.close()
        gc.enable()
        for place in places:
            reply = memory[place * order.reply_bytes : (place + 1) * order.reply_bytes]
            frame = held.frame if place == places[-1] else _copied(held.frame)
            status = _run_set(held, reply, decoded_params(block.sets[place]), frame)
            if status is not Status.DONE or time.monotonic() - began > order.wall_s * _TOGETHER_SHARE:
                break
            gc.collect()
        code = 0
    except Exception as problem:  # a fault of ours: told, so that it can be mended
        code = leave_fault(reply, problem)
    finally:
        os._exit(code)


def _run_set(held: _Held, reply: memoryview, params: dict[str, Number], frame: pd.DataFrame) -> Status:
    log = Log(held.job.log_bytes)

    def work() -> Outcome:
        return ran(held.program.ready(log), frame, params, log, tags=held.job.tags)

    return answer(reply, held.job.code, log, work)


def _copied(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy that shares nothing, not even the memory of its labels."""
    copy = frame.copy()
    copy.index, copy.columns = frame.index.copy(deep=True), frame.columns.copy(deep=True)
    return copy
