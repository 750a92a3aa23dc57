"""The proof of the walls: what it concludes, what is kept of it, and whom the loader then lets in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from engine.errors import InvalidInput, NotFound, SandboxUnavailable, StoreUnavailable
from engine.strategy.spec import code_hash
from sandbox.limits import Limits
from sandbox.loader import SandboxLoader
from sandbox.proof import book as book_module
from sandbox.proof.book import ProofBook, State
from sandbox.proof.campaign import Judged, judge
from sandbox.proof.document import Outcome, ProofDocument
from sandbox.proof.judge import Kind, Leak, Scene
from sandbox.proof.lines import Corpus, Line, control_lines, corpus_in, shipped_corpus
from sandbox.proof.modes import Mode
from sandbox.proof.place import Place, this_place
from sandbox.proof.prove import Proof, prove
from sandbox.proof.runs import Run
from sandbox.proof.summary import document_of

_NOW_MS = 1_700_000_000_000
_GOOD = """
def generate_signals(df, params):
    return pd.DataFrame({'long_entry': df.close > 0, 'long_exit': df.close < 0}, index=df.index)
"""
_TOUCH = Line("touch", "file_io", "reject", "import os\nos.system('touch @CANARY_DIR@/touch')" + _GOOD)
_SPIN = Line("spin", "cpu", "contain", "def generate_signals(df, params):\n    while True: pass\n")
_TINY = Corpus("tiny", (_TOUCH, _SPIN), (Line("good", "benign", "pass", _GOOD),))
_ALL_KINDS = tuple(Leak(kind, f"let out a {kind}") for kind in Kind)


class Judge:
    """Judges without running anything: good lines run, hostile ones are rejected, the control leaks."""

    def __init__(
        self, change: Callable[[Judged, Mode], Judged] = lambda item, _mode: item, blind: Kind | None = None
    ) -> None:
        self._change = change
        self._seen = tuple(leak for leak in _ALL_KINDS if leak.kind is not blind)

    def __call__(
        self, lines: Iterable[Line], mode: Mode, limits: Limits, step: Callable[[], None]
    ) -> tuple[Judged, ...]:
        judged: list[Judged] = []
        for line in lines:
            verdict = "accepted" if line.expect == "pass" else "rejected"
            leaks = self._seen if mode is Mode.CONTROL else ()
            judged.append(self._change(Judged(line, Run(verdict, ""), leaks), mode))
            step()
        return tuple(judged)


def leaking_in(leaky: Mode) -> Judge:
    """A judge that sees the line `touch` get out of one mode."""

    def change(item: Judged, mode: Mode) -> Judged:
        hit = mode is leaky and item.line is _TOUCH
        return Judged(item.line, item.run, (Leak(Kind.FILE, "wrote the file touch"),)) if hit else item

    return Judge(change)


def document(judged_by: Judge | None = None, corpus: Corpus = _TINY) -> ProofDocument:
    proof = prove(corpus, judged_by=judged_by or Judge())
    return document_of(proof, this_place(), _NOW_MS)


@pytest.fixture
def book(tmp_path: Path) -> ProofBook:
    return ProofBook(tmp_path / "home" / "sandbox-proof.json")


@pytest.mark.usefixtures("walls")
class TestWhatAProofConcludes:
    def test_a_corpus_that_gets_nowhere_while_the_control_gets_everywhere_is_held(self) -> None:
        made = document()
        assert (made.outcome, made.leaks, made.faults, made.mistakes) == (Outcome.HELD, [], [], [])
        assert made.date == "2023-11-14T22:13:20Z" and set(made.control.values()) == {True}
        assert made.benign_accepted == made.corpus.benign == 1

    def test_the_language_layer_alone_is_not_asked_to_hold_what_only_exhausts(self) -> None:
        rows = {part.category: part for part in document().categories}
        assert rows["cpu"].walls_alone.lines == 1 and rows["cpu"].language_alone.lines == 0
        assert document().total.product.lines == 2

    @pytest.mark.parametrize("mode", [Mode.PRODUCT, Mode.WALLS, Mode.LANGUAGE])
    def test_one_leak_in_any_mode_is_a_leak_whatever_else_held(self, mode: Mode) -> None:
        made = document(leaking_in(mode))
        assert made.outcome is Outcome.LEAKED
        assert [(leak.mode, leak.line, leak.what) for leak in made.leaks] == [
            (mode.value, "touch", "wrote the file touch")
        ]
        assert made.total.product.held + made.total.walls_alone.held + made.total.language_alone.held == 4

    @pytest.mark.parametrize("kind", Kind)
    def test_a_judge_that_is_blind_to_a_kind_of_leak_makes_the_proof_void(self, kind: Kind) -> None:
        made = document(Judge(blind=kind))
        assert made.outcome is Outcome.VOID and made.faults == [
            f"The judge did not see the control's {kind}."
        ]

    def test_a_mode_in_which_not_even_good_code_runs_makes_the_proof_void(self) -> None:
        def dead(item: Judged, mode: Mode) -> Judged:
            return Judged(item.line, Run("failed", "\nno"), ()) if mode is Mode.WALLS else item

        made = document(Judge(dead))
        assert made.outcome is Outcome.VOID and all("walls alone" in text for text in made.faults)

    def test_a_leak_outweighs_a_blind_judge(self) -> None:
        proof = prove(_TINY, judged_by=leaking_in(Mode.WALLS))
        blind = Proof(proof.corpus, proof.hostile, proof.signs, (), proof.benign)
        assert blind.faults() and blind.outcome is Outcome.LEAKED

    def test_a_good_line_refused_and_a_bad_one_accepted_are_misjudged(self) -> None:
        def wrong(item: Judged, mode: Mode) -> Judged:
            verdict = {"touch": "accepted", "good": "rejected"}.get(item.line.id, item.run.verdict)
            return Judged(item.line, Run(verdict, "because"), item.leaks)

        made = document(Judge(wrong))
        assert made.outcome is Outcome.MISJUDGED
        assert made.mistakes == [
            "touch was accepted and should be rejected.",
            "good is good and did not run: because",
        ]

    def test_every_run_is_counted_and_the_last_one_completes(self) -> None:
        seen: list[tuple[int, int]] = []
        prove(_TINY, lambda done, total: seen.append((done, total)), judged_by=Judge())
        total = seen[-1][1]
        assert [done for done, _ in seen] == list(range(1, total + 1))

    def test_where_a_wall_is_missing_there_is_nothing_to_prove(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sandbox.proof.prove.missing", lambda: "seccomp")
        with pytest.raises(SandboxUnavailable, match="nothing to prove: this machine lacks seccomp"):
            prove(_TINY, judged_by=Judge())


def test_a_real_leak_is_found_where_a_mode_does_not_hold(walls: None) -> None:
    # The language layer and the walls are both off in what claims to be the mode `walls alone`.
    def open_door(
        lines: Iterable[Line], mode: Mode, limits: Limits, step: Callable[[], None]
    ) -> tuple[Judged, ...]:
        return judge(lines, Mode.CONTROL if mode is Mode.WALLS else mode, limits, step)

    proof = prove(_TINY, judged_by=open_door)
    assert proof.outcome is Outcome.LEAKED
    assert [(mode, line.id, what) for mode, line, what in proof.leaks()] == [
        (Mode.WALLS, "touch", "wrote the file touch")
    ]


@pytest.mark.usefixtures("walls")
class TestWhatIsKept:
    def test_without_a_proof_the_command_that_makes_one_is_named(self, book: ProofBook) -> None:
        standing = book.standing()
        assert (standing.state, book.breach()) == (State.UNPROVED, "")
        assert standing.detail == "not proved on this kernel and version: edgewright doctor --prove"

    def test_a_proof_that_held_says_when_and_with_how_many_lines(self, book: ProofBook) -> None:
        book.keep(document(corpus=Corpus("shipped", _TINY.hostile, _TINY.benign)))
        assert book.standing().state is State.PROVED
        assert book.standing().detail == "proved on 2023-11-14: 0 leaks in 2 lines"
        book.keep(document(corpus=Corpus("mine", (_TOUCH,), ())))
        assert book.standing().detail == "proved on 2023-11-14: 0 leaks in 2 lines", (
            "the shipped corpus first"
        )

    def test_another_corpus_is_named(self, book: ProofBook) -> None:
        book.keep(document())
        assert book.standing().detail == "proved on 2023-11-14: 0 leaks in 2 lines of the corpus tiny"

    def test_a_leak_says_when_where_and_what(self, book: ProofBook) -> None:
        book.keep(document(leaking_in(Mode.LANGUAGE)))
        assert book.standing().state is State.BROKEN
        assert book.breach() == "on 2023-11-14 language alone let touch out, which wrote the file touch"
        assert book.standing().detail == f"PROVED BROKEN: {book.breach()}"

    def test_a_leak_counts_until_the_same_corpus_holds(self, book: ProofBook) -> None:
        book.keep(document(leaking_in(Mode.WALLS)))
        book.keep(document(corpus=Corpus("other", (_SPIN,), ())))
        assert book.standing().state is State.BROKEN
        book.keep(document())
        assert book.standing().state is State.PROVED

    def test_a_void_proof_is_no_proof_and_no_breach(self, book: ProofBook) -> None:
        book.keep(document(Judge(blind=Kind.SECRET)))
        assert (book.standing().state, book.breach()) == (State.UNPROVED, "")
        assert "the proof of 2023-11-14 is void. The judge did not see" in book.standing().detail

    @pytest.mark.parametrize("field", Place.model_fields)
    def test_a_proof_holds_only_for_the_place_where_it_was_made(
        self, book: ProofBook, monkeypatch: pytest.MonkeyPatch, field: str
    ) -> None:
        book.keep(document(leaking_in(Mode.PRODUCT)))
        here = this_place()
        monkeypatch.setattr(book_module, "this_place", lambda: here.model_copy(update={field: "another"}))
        assert (book.standing().state, book.breach()) == (State.UNPROVED, "")
        monkeypatch.setattr(book_module, "this_place", lambda: here)
        assert book.standing().state is State.BROKEN

    def test_proofs_of_other_places_are_kept(self, book: ProofBook) -> None:
        elsewhere = document(leaking_in(Mode.PRODUCT)).model_copy(
            update={"place": this_place().model_copy(update={"kernel": "5.15"})}
        )
        book.keep(elsewhere)
        book.keep(document())
        book.keep(document())
        kept = json.loads(book._path.read_text())["proofs"]  # pyright: ignore
        assert [proof["place"]["kernel"] == "5.15" for proof in kept] == [True, False]

    @pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"schema": 2, "proofs": []}', b"\xff"])
    def test_a_damaged_file_is_as_none_and_is_written_anew(self, book: ProofBook, text: bytes) -> None:
        book._path.parent.mkdir()  # pyright: ignore
        book._path.write_bytes(text)  # pyright: ignore
        assert book.standing().state is State.UNPROVED and "cannot be read" in book.standing().detail
        book.keep(document())
        assert book.standing().state is State.PROVED

    def test_a_folder_that_cannot_be_written_is_an_error_with_its_name(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreUnavailable, match=r"sandbox-proof\.json: "):
            ProofBook(tmp_path / "file" / "sandbox-proof.json").keep(document())


def test_a_leak_on_file_locks_out_foreign_code_until_a_proof_holds(walls: None, book: ProofBook) -> None:
    foreign = _GOOD + "# foreign\n"
    with SandboxLoader(breach=book.breach, trusted=lambda given: given == code_hash(_GOOD)) as loader:
        assert loader.validate(foreign).verdict == "accepted"
        book.keep(document(leaking_in(Mode.WALLS)))
        for attempt in (loader.validate, loader.load):
            with pytest.raises(SandboxUnavailable) as refused:
                attempt(foreign)
            assert "leak here: on 2023-11-14 walls alone let touch out" in refused.value.message
            assert "edgewright doctor --prove" in refused.value.hint
        assert loader.validate(_GOOD).verdict == "accepted", "our own code still runs, locked up"
        book.keep(document())
        assert loader.validate(foreign).verdict == "accepted"


@pytest.mark.parametrize(
    "line",
    ["", "[]", "3", "{", '{"id": "x"}', '{"id": 1, "category": "a", "expect": "b", "code": "c"}'],
)
def test_a_corpus_with_a_line_that_is_no_strategy_is_refused_by_its_place(tmp_path: Path, line: str) -> None:
    (tmp_path / "hostile.jsonl").write_text(f"{line}\n")
    with pytest.raises(InvalidInput, match=r"hostile\.jsonl( is empty|:1 is no strategy)"):
        corpus_in(tmp_path)


def test_a_folder_without_hostile_lines_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no hostile\.jsonl"):
        corpus_in(tmp_path)


def test_the_digest_of_a_corpus_follows_its_lines_and_not_its_name() -> None:
    renamed = Corpus("renamed", _TINY.hostile, _TINY.benign)
    fewer = Corpus("tiny", _TINY.hostile[:1], _TINY.benign)
    assert _TINY.digest == renamed.digest != fewer.digest


def test_the_shipped_ids_are_unique_and_the_control_has_every_kind_of_leak() -> None:
    corpus = shipped_corpus()
    ids = [line.id for line in (*corpus.hostile, *corpus.benign, *control_lines())]
    assert len(set(ids)) == len(ids)
    placeholders = ("@CANARY_DIR@", "@SECRET_FILE@", "@PORT@", "@BYSTANDER@")
    assert all(any(mark in line.code for line in control_lines()) for mark in placeholders)


def test_the_judge_clears_the_scene_after_each_look() -> None:
    with Scene() as scene:
        (scene.canary / "folder" / "inner").mkdir(parents=True)
        (scene.canary / "link").symlink_to("/nowhere")
        assert [leak.detail for leak in scene.leaks(f"it is {scene.token}")] == [
            "wrote the file folder",
            "wrote the file link",
            "read the secret",
        ]
        assert scene.leaks("") == []


def test_the_wheel_carries_the_corpus() -> None:
    import tomllib

    root = Path(__file__).resolve().parents[3]
    build = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    from hatchling.builders.wheel import WheelBuilder

    assert "sandbox" in build["packages"]
    shipped = {file.distribution_path for file in WheelBuilder(str(root)).recurse_included_files()}
    assert {f"sandbox/proof/corpus/{name}.jsonl" for name in ("hostile", "benign", "control")} <= shipped


def test_no_other_package_and_no_setting_reaches_a_zygote_with_a_layer_off() -> None:
    root = Path(__file__).resolve().parents[3]
    packages = ("agent_server", "tools", "sandbox", "prompts", "engine")
    files = [path for package in packages for path in (root / package).rglob("*.py")]
    naming = {
        path.relative_to(root).as_posix()
        for path in files
        if "sandbox.proof.layers" in path.read_text(encoding="utf-8")
    }
    assert naming == {"sandbox/proof/modes.py"}, "only the script that a proof writes imports the layers"


def test_asking_how_the_sandbox_stands_loads_no_heavy_library() -> None:
    import subprocess
    import sys

    script = (
        "import sys\nfrom pathlib import Path\nfrom sandbox.proof.book import ProofBook\n"
        "ProofBook(Path('/nowhere/at/all')).standing()\n"
        "print([name for name in ('numpy', 'pandas', 'RestrictedPython') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_committed_schema_of_a_proof_is_the_one_in_the_code() -> None:
    from tools.schemas import schemas, text_of

    committed = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "proof.json"
    assert committed.read_text(encoding="utf-8") == text_of(schemas()["proof"]), "run `make schemas`"
