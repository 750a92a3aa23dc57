"""The holder of a batch: a locked process that has read the text, holds the bars, and forks a child per set.

It runs nothing of the strategy. Each child takes the walls that the holder lacks, sees only its own reply,
and begins from the same state as every other, so that a set gives the same bytes alone and in a batch.
"""

from __future__ import annotations

import gc
import mmap
import os
import struct
from dataclasses import dataclass
from typing import NoReturn

import pandas as pd

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
from sandbox.perform import checked, ran
from sandbox.program import ReadyProgram, read_program
from sandbox.reply import Report, Status

SLOT = struct.Struct("<I")  # before a set's parameters: the reply that it is for
FINISHED = struct.Struct("<Iiqd")  # that reply, and how its child ended
READY, REFUSED = b"ready", b"refused"  # a refusal stands in the first reply
MAX_MESSAGE = 1 << 17
_UNWRITTEN = bytes(16)


@dataclass(frozen=True, slots=True)
class _Held:
    """What every child of a batch begins with."""

    job: Received
    program: ReadyProgram
    log: Log
    frame: pd.DataFrame


def hold(order: Order, descriptors: list[int], zygote_pid: int) -> NoReturn:
    """Read the text once, then serve one set after the other until the host closes the link."""
    code = 1
    reply: memoryview | None = None
    try:
        given, (link, *reply_fds) = received(order, descriptors)
        replies = [mapped_reply(descriptor, order.reply_bytes) for descriptor in reply_fds]
        reply = memoryview(replies[0])
        catch_alarm()
        link = lock_down_holder(order.memory_bytes, zygote_pid, link)
        held = _read(given)
        if isinstance(held, Report):
            leave(reply, held)
            os.write(link, REFUSED)
        else:
            reply.release()
            os.write(link, READY)
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
        log = Log(job.log_bytes)
        held = _Held(job, program.ready(log), log, given.frame(job.rows))
    except MemoryError:
        return Report(Status.MEMORY)
    gc.freeze()
    return held


def _serve(order: Order, link: int, held: _Held, replies: list[mmap.mmap]) -> None:
    while message := os.read(link, MAX_MESSAGE):
        (slot,) = SLOT.unpack_from(message)
        replies[slot][: len(_UNWRITTEN)] = _UNWRITTEN
        holder_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            _run_set(order, held, replies, slot, message[SLOT.size :], holder_pid)
        _, status, usage = os.wait4(pid, 0)
        os.write(link, FINISHED.pack(slot, status, usage.ru_maxrss, usage.ru_utime + usage.ru_stime))


def _run_set(
    order: Order, held: _Held, replies: list[mmap.mmap], slot: int, params: bytes, holder_pid: int
) -> NoReturn:
    code = 1
    reply: memoryview | None = None
    try:
        reply = memoryview(replies[slot])
        set_alarm(order.wall_s)
        lock_down_forked(order.cpu_s, holder_pid)
        for other, mapped in enumerate(replies):
            if other != slot:
                mapped.close()
        gc.enable()
        given = decoded_params(params)
        answer(reply, held.job.code, held.log, lambda: ran(held.program, held.frame, given, held.log))
        code = 0
    except Exception as problem:  # a fault of ours: told, so that it can be mended
        code = leave_fault(reply, problem)
    finally:
        os._exit(code)
