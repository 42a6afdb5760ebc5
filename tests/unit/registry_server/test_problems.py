# SPDX-License-Identifier: Apache-2.0
import pickle

from barnabas.registry_server import problems


def test_refusal_has_status_code_and_text() -> None:
    refusal = problems.subject_not_found("s")

    assert (refusal.status, refusal.error_code) == (404, 40401)
    assert refusal.message == "Subject 's' not found."


def test_refusal_survives_pickling() -> None:
    refusal = pickle.loads(pickle.dumps(problems.invalid_version("x")))

    assert refusal.error_code == 42202


def test_every_code_begins_with_its_status() -> None:
    refusals = [
        problems.version_not_found(1),
        problems.schema_not_found(),
        problems.subject_was_deleted("s"),
        problems.subject_not_deleted("s"),
        problems.version_was_deleted("s", 1),
        problems.version_not_deleted("s", 1),
        problems.no_subject_config("s"),
        problems.no_subject_mode("s"),
        problems.incompatible("s", []),
        problems.invalid_schema("x"),
        problems.invalid_level(),
        problems.invalid_mode(),
        problems.not_permitted("x"),
        problems.reference_exists("s", 1),
        problems.id_taken(1, "."),
        problems.invalid_subject("s"),
        problems.context_not_empty(".c"),
        problems.store_failed("x"),
        problems.store_timed_out("x"),
    ]

    assert all(str(one.error_code).startswith(str(one.status)) for one in refusals)
