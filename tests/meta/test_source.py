"""Tests about the source: who writes, what files there are, what things are called."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest
from django.apps import apps

from som.ops.management.commands.states import drawings
from som.web.actions import ACTIONS
from tests.laws.commands import commands, inner

PROJECT = Path(__file__).resolve().parents[2]
SOURCE, DOCS = PROJECT / "src" / "som", PROJECT / "docs"
STAGES = ("places", "access", "people", "notices", "sampling", "lab", "results")
"""The stages of the field; kernel, web, home, simulation and ops have shapes of their own."""

SHAPE = {
    "__init__", "rules", "models", "queries", "commands", "forms", "views", "urls", "templates",
    "work", "dated", "migrations", "definers", "apps", "prints", "__pycache__",
}  # fmt: skip
BESIDE = {
    "places": {"data": "the packaged lists of units", "fields": "form fields of units"},
    "access": {
        "roles": "the one table of roles",
        "guard": "the guards of pages",
        "middleware": "the actor of a request",
        "adapter": "allauth, closed to self sign-up",
        "second_person": "the part of a form in which a second person types their password",
    },
    "people": {"matching": "how alike two persons are, and what a review may do; pure"},
    "notices": {"webhook": "the signed way to another system"},
    "sampling": {
        "lists": "a provincial sampling list, read",
        "day_rules": "the dated rules of a day that pages and commands ask alike",
    },
    "lab": {
        "formats": "readers of instrument files",
        "kits": "what a kit's dated rule says",
        "kit_list": "which kits there are on a day",
        "strips": "what the rule of a rapid antigen kit makes of a strip",
        "verdicts": "what the rule makes of readings",
    },
}
"""What stands beside the usual files, and why."""

FORBIDDEN = {
    "Record", "Item", "Data", "Manager", "Handler", "Helper", "Util", "Utils", "Info", "Service",
}  # fmt: skip
ALLOWED_NAMES = {"LoadedItem", "ItemJudged"}
"""In lab.verdicts: a loaded item is the plan's word for a tube, pool or control on a plate."""


@functools.cache
def modules() -> list[tuple[str, ast.Module]]:
    """Every module of the source by its path, parsed."""
    return [
        (str(path.relative_to(SOURCE)), ast.parse(path.read_text("utf-8")))
        for path in sorted(SOURCE.rglob("*.py"))
    ]


def words(name: str) -> list[str]:
    """The words of a CamelCase name."""
    return re.findall(r"[A-Z][a-z]+|[A-Z]+(?![a-z])", name)


# Writing

WRITERS = (
    re.compile(r"^[a-z]+/commands(\.py|/.+\.py)$"),
    re.compile(r"^[a-z]+/migrations/.+\.py$"),
    re.compile(r"^[a-z]+/definers\.py$"),
    re.compile(r"^kernel/audit\.py$"),
)
TABLES_OF_THE_HOUSE = {
    "ops/database.py": "the grants, as the owner",
    "ops/demo_database.py": "the demo's own database, as the owner",
    "kernel/cache.py": "counts of tries, which leave by themselves",
    "ops/embedded.py": "roles and databases of the embedded server",
}
"""Where tables are made ready before anybody acts; no row about anything of the field."""

_WRITES = re.compile(
    r"\b(INSERT\s+INTO|DELETE\s+FROM|TRUNCATE|MERGE\s+INTO|COPY)\b|\bUPDATE\s+\w+(\s+\w+)?\s+SET\b"
)
_METHODS = {
    "save", "create", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "delete",
}  # fmt: skip


def writes(tree: ast.Module) -> list[str]:
    """Statements and calls that change rows."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [match.group(0) for match in _WRITES.finditer(node.value)]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = ast.unparse(node.func.value)
            if node.func.attr in _METHODS and (".objects" in of or node.func.attr == "save"):
                found.append(f"{of}.{node.func.attr}()")
    return found


@pytest.mark.slow
def test_only_commands_migrations_and_the_audit_write() -> None:
    found = {
        path: what
        for path, tree in modules()
        if not any(writer.match(path) for writer in WRITERS)
        and path not in TABLES_OF_THE_HOUSE
        and (what := writes(tree))
    }
    assert not found


@pytest.mark.slow
def test_what_commands_share_is_called_by_commands_and_the_worker_alone() -> None:
    """Such a function asks for no permission and writes no audit: its caller does."""
    allowed, shared = re.compile(r"^[a-z]+/(commands(\.py|/)|work\.py)"), inner()
    assert {"enrolled", "arrived", "write_answers", "put_into_box"} <= shared
    found = []
    for path, tree in modules():
        if allowed.match(path):
            continue
        packages = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                if ".commands" in node.module:
                    found += [(path, name.name) for name in node.names if name.name in shared]
                packages |= {n.asname or n.name for n in node.names if n.name == "commands"}
        found += [
            (path, node.attr)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in packages
            and node.attr in shared
        ]
    assert not found


def test_sql_is_run_by_commands_queries_and_the_kernel_alone() -> None:
    allowed = re.compile(r"^(kernel/|ops/|[a-z]+/(commands|queries|migrations)(\.py|/))")
    found = [
        path
        for path, tree in modules()
        if not allowed.match(path)
        and any(
            isinstance(node, ast.ImportFrom)
            and (
                (node.module == "som.kernel" and "sql" in {name.name for name in node.names})
                or (node.module == "django.db" and "connection" in {n.name for n in node.names})
            )
            for node in ast.walk(tree)
        )
    ]
    assert not found


# Who acts

ACTORS_MADE = {
    "access/queries.py": "asks for the rights, and for the named system actors",
    "access/roles.py": "adds up the rights",
    "kernel/actors.py": "nobody",
    "access/middleware.py": "whoever is signed in",
    "access/second_person.py": "whoever typed their password beside them",
    "sampling/work.py": "whoever confirmed a list, while the worker takes it in",
    "simulation/province.py": "the people of the drawn day",
    "ops/management/commands/evaluate.py": "who registers what an evaluation compares",
}
"""Where an actor is made, of whom. A command believes its actors, the second person like the first."""


def called(node: ast.AST) -> str:
    """The last word of what is called here."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", ""))


def test_an_actor_is_made_of_an_account_only_where_somebody_proved_who_they_are() -> None:
    makers = {"Actor", "actor_of", "actor_with"}
    found = {path for path, tree in modules() for n in ast.walk(tree) if called(n) in makers}
    assert found == set(ACTORS_MADE)


def test_a_page_takes_the_second_person_from_the_form_that_asked_for_their_password() -> None:
    found = {
        (path, ast.unparse(keyword.value))
        for path, tree in modules()
        if "/views" in path
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "witness"
    }
    assert len(found) == 4
    assert {value for _, value in found} == {"form.second"}


def test_a_page_that_asks_for_a_second_password_keeps_it_out_of_reports() -> None:
    forms = {
        n.name
        for _, tree in modules()
        for n in ast.walk(tree)
        if isinstance(n, ast.ClassDef) and "SecondPersonForm" in map(ast.unparse, n.bases)
    }
    asking = {
        (path, node.name): [ast.unparse(one) for one in node.decorator_list]
        for path, tree in modules()
        if "/views" in path
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and forms & {called(n) for n in ast.walk(node)}
    }
    assert len(forms) == len(asking) == 4
    # Where a form has a prefix its field is called otherwise: then all that was sent is kept out.
    hidden = {"sensitive_post_parameters()", "sensitive_post_parameters('witness_password')"}
    assert [one for one, around in asking.items() if not hidden & set(around)] == []


# Shape


@pytest.mark.parametrize("stage", STAGES)
def test_stages_have_their_files_and_no_others(stage: str) -> None:
    found = {path.stem: path for path in (SOURCE / stage).iterdir()}
    assert set(found) <= SHAPE | set(BESIDE.get(stage, ()))
    empty = [
        str(path)
        for name, path in found.items()
        if name not in ("migrations", "__pycache__") and not filled(path)
    ]
    assert not empty


def filled(path: Path) -> bool:
    """Whether there is something in this file, or in a file of this folder."""
    files = [path] if path.is_file() else [inner for inner in path.rglob("*") if inner.is_file()]
    return any(file.stat().st_size for file in files)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_says_what_it_is_and_does_nothing_else_when_imported(stage: str) -> None:
    (only,) = ast.parse((SOURCE / stage / "__init__.py").read_text("utf-8")).body
    assert isinstance(only, ast.Expr)
    assert isinstance(only.value, ast.Constant)


def test_every_module_says_what_it_is() -> None:
    silent = [
        path
        for path, tree in modules()
        if tree.body and ast.get_docstring(tree) is None and "migrations" not in path
    ]
    assert not silent


# Names


def models() -> list[type]:
    """Our models."""
    return [model for model in apps.get_models() if model.__module__.startswith("som.")]


def test_every_model_says_what_one_of_it_is() -> None:
    silent = [m.__name__ for m in models() if not re.match(r"An? ", m.__doc__ or "")]
    assert not silent


@pytest.mark.slow
def test_no_class_has_a_name_that_says_nothing() -> None:
    found = [
        f"{path}: {node.name}"
        for path, tree in modules()
        if "migrations" not in path
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and node.name not in ALLOWED_NAMES
        and FORBIDDEN & set(words(node.name))
    ]
    assert not found


def test_every_word_of_a_models_name_is_in_the_glossary() -> None:
    glossary = (DOCS / "glossary.md").read_text("utf-8").lower()
    known = {
        word
        for line in glossary.splitlines()
        if line.startswith("| ")
        for word in re.findall(r"[a-z]+", line.split("|")[1])
    }
    unknown = {
        f"{model.__name__}: {word}"
        for model in models()
        for word in words(model.__name__)
        if word.lower() not in known
    }
    assert not unknown


def test_every_stage_and_command_is_on_the_map() -> None:
    text = (DOCS / "map.md").read_text("utf-8")
    stages = [path.parent.name for path in SOURCE.glob("*/__init__.py")]
    missing = [stage for stage in stages if f"**{stage}**" not in text]
    missing += [name for name in commands() if f"`{name.split('.')[1]}`" not in text]
    assert not missing


# States


def test_every_table_of_states_is_drawn_and_current() -> None:
    drawn = {path.name: path.read_text("utf-8") for path in (DOCS / "states").glob("*.md")}
    assert drawn == drawings(), "run ./som states"


def test_every_action_noted_about_persons_has_words() -> None:
    noted = {
        call.args[1].value
        for name, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "attr", getattr(call.func, "id", "")) == "record"
        and any(keyword.arg == "persons" for keyword in call.keywords)
        and isinstance(call.args[1], ast.Constant)
    }
    assert len(noted) > 10
    assert noted == set(ACTIONS)
