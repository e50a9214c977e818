"""What the worker does by the clock: one job for each pull, so that one that fails stops no other."""

from __future__ import annotations

import ast
import inspect

from procrastinate.contrib.django import app

from som.ops import timetable


def jobs() -> list[ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(timetable))
    return [
        one for one in tree.body if isinstance(one, ast.FunctionDef) and len(one.decorator_list) > 1
    ]


def test_a_job_pulls_one_thing() -> None:
    pulls = []
    for job in jobs():
        called = [
            node.func.id
            for node in ast.walk(job)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        pulled = [name for name in called if name.startswith("take_up_")]
        assert len(pulled) <= 1, job.name
        pulls += pulled
    assert len(set(pulls)) == len(pulls)
    given = {name for name in vars(timetable) if name.startswith("take_up_")}
    assert set(pulls) == given


def test_each_job_waits_at_most_once() -> None:
    tasks = [task for name, task in app.tasks.items() if "som.ops" in task.func.__module__]
    locks = [task.queueing_lock for task in tasks]
    assert len(tasks) == len(jobs())
    assert all(locks)
    assert len(set(locks)) == len(locks)
