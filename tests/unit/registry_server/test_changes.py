# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.registry_server.changes import (
    Registration,
    WantedSchema,
    find_version,
    plan_registration,
    plan_subject_deletion,
    plan_version_deletion,
)
from barnabas.registry_server.model import Definition, Reference, Version
from barnabas.registry_server.problems import RefusalError
from barnabas.registry_server.records import (
    ConfigRecord,
    ContextRecord,
    ModeRecord,
    Record,
    SubjectDeletion,
    VersionRecord,
)
from barnabas.registry_server.state import State


class Book:
    """A state, and what is planned on it carried out."""

    def __init__(self) -> None:
        self.state = State()

    def apply(self, *records: Record) -> None:
        for record in records:
            self.state.apply(record)

    def register(self, subject: str, text: str, **more: object) -> Version:
        planned = self.plan(subject, text, **more)
        self.apply(*planned.records)
        return planned.version

    def plan(self, subject: str, text: str, **more: object) -> Registration:
        wanted = WantedSchema(subject, Definition(text), **more)  # type: ignore[arg-type] # test
        return plan_registration(self.state, wanted)

    def delete(self, subject: str, number: int | None = None, *, permanent: bool = False) -> object:
        if number is None:
            deleted, records = plan_subject_deletion(self.state, subject, permanent=permanent)
            self.apply(*records)
            return deleted
        one, records = plan_version_deletion(self.state, subject, number, permanent=permanent)
        self.apply(*records)
        return one


@pytest.fixture
def book() -> Book:
    book = Book()
    book.apply(ConfigRecord(None, {"compatibilityLevel": "NONE"}))
    return book


def refusal(code: int) -> object:
    return pytest.raises(RefusalError, check=lambda error: error.error_code == code)


def test_versions_and_ids_count_from_one(book: Book) -> None:
    first, second = book.register("s", '"string"'), book.register("s", '"long"')

    assert (first.number, first.schema_id) == (1, 1)
    assert (second.number, second.schema_id) == (2, 2)


def test_same_schema_again_is_the_same_version(book: Book) -> None:
    version = book.register("s", '"string"')

    assert book.plan("s", '{"type": "string"}') == Registration(version)


def test_same_schema_of_another_subject_has_the_same_id(book: Book) -> None:
    book.register("s", '"string"')
    book.register("t", '"long"')

    version = book.register("t", '"string"')

    assert (version.number, version.schema_id) == (2, 1)


def test_context_is_announced_and_counts_by_itself(book: Book) -> None:
    book.register("s", '"string"')

    planned = book.plan(":.c:s", '"long"')

    assert planned.version.schema_id == 1
    assert planned.records[0] == ContextRecord(".c", exists=True)


def test_deleted_schema_comes_back_as_a_new_version_with_its_id(book: Book) -> None:
    book.register("s", '"string"')
    book.register("s", '"long"')
    book.delete("s", 1)

    planned = book.plan("s", '"string"')

    assert (planned.version.number, planned.version.schema_id) == (3, 1)
    assert planned.records[0] == VersionRecord("s", 1, None)


def test_incompatible_schema_is_refused(book: Book) -> None:
    book.register("s", '"string"')
    book.apply(ConfigRecord("s", {"compatibilityLevel": "BACKWARD"}))

    with refusal(40901):
        book.plan("s", '"long"')


@pytest.mark.parametrize("mode", ["READONLY", "READONLY_OVERRIDE", "IMPORT"])
def test_mode_may_forbid_registration(book: Book, mode: str) -> None:
    book.apply(ModeRecord(None, mode))

    with refusal(42205):
        book.plan("s", '"string"')


def test_known_schema_is_found_whatever_the_mode(book: Book) -> None:
    version = book.register("s", '"string"')
    book.apply(ModeRecord(None, "READONLY"))

    assert book.plan("s", '"string"').version == version


def test_import_takes_id_and_version_as_they_are(book: Book) -> None:
    book.apply(ModeRecord("s", "IMPORT"))

    version = book.register("s", '"string"', schema_id=40, number=7)

    assert (version.number, version.schema_id) == (7, 40)


def test_import_does_not_take_the_id_of_another_schema(book: Book) -> None:
    book.register("s", '"string"')
    book.apply(ModeRecord("t", "IMPORT"))

    with refusal(42205):
        book.plan("t", '"long"', schema_id=1)


def test_id_can_only_be_given_when_importing(book: Book) -> None:
    with refusal(42205):
        book.plan("s", '"string"', schema_id=4)


def test_version_that_is_asked_for_must_be_the_next(book: Book) -> None:
    assert book.register("s", '"string"', number=1).number == 1
    with refusal(42201):
        book.plan("s", '"long"', number=5)


def test_metadata_is_taken_over_from_the_latest_version(book: Book) -> None:
    definition = Definition('"string"', metadata='{"properties":{"a":"b"}}')
    book.apply(*plan_registration(book.state, WantedSchema("s", definition)).records)

    version = book.register("s", '"long"')

    assert version.definition.metadata == definition.metadata


def test_schema_is_found_without_being_registered(book: Book) -> None:
    version = book.register("s", '"string"')
    book.register("s", '"long"')
    wanted = WantedSchema("s", Definition('"string"'))

    assert find_version(book.state, wanted) == version
    assert find_version(book.state, wanted._replace(subject="t")) is None
    book.delete("s", 1)
    assert find_version(book.state, wanted) is None
    assert find_version(book.state, wanted, deleted=True) is not None


def test_subject_is_deleted_out_of_sight_then_for_good(book: Book) -> None:
    book.register("s", '"string"')
    book.register("s", '"long"')
    with refusal(40405):
        book.delete("s", permanent=True)

    assert plan_subject_deletion(book.state, "s", permanent=False) == (
        [1, 2],
        [SubjectDeletion("s", 2)],
    )
    assert book.delete("s") == [1, 2]
    with refusal(40404):
        book.delete("s")
    assert book.delete("s", permanent=True) == [1, 2]
    with refusal(40401):
        book.delete("s")


def test_version_is_deleted_out_of_sight_then_for_good(book: Book) -> None:
    book.register("s", '"string"')
    with refusal(40407):
        book.delete("s", 1, permanent=True)

    assert book.delete("s", -1) == 1
    with refusal(40406):
        book.delete("s", 1)
    assert book.delete("s", 1, permanent=True) == 1
    with refusal(40401):
        book.delete("s", 1)


def test_version_that_was_never_there_cannot_be_deleted(book: Book) -> None:
    book.register("s", '"string"')

    with refusal(40402):
        book.delete("s", 2)


def test_settings_go_with_the_last_version(book: Book) -> None:
    book.register("s", '"string"')
    book.apply(ConfigRecord("s", {"compatibilityLevel": "FULL"}))
    book.delete("s")

    _, records = plan_subject_deletion(book.state, "s", permanent=True)

    assert records == [VersionRecord("s", 1, None), ConfigRecord("s", None)]
    _, records = plan_version_deletion(book.state, "s", 1, permanent=True)
    assert records == [VersionRecord("s", 1, None), ConfigRecord("s", None)]


def test_what_others_refer_to_cannot_be_deleted(book: Book) -> None:
    book.register("e", '{"type":"enum","name":"E","symbols":["A"]}')
    definition = Definition('["null","E"]', references=(Reference("E", "e", 1),))
    book.apply(*plan_registration(book.state, WantedSchema("s", definition)).records)

    with refusal(42206):
        book.delete("e")
    with refusal(42206):
        book.delete("e", 1)
    book.delete("s")
    assert book.delete("e") == [1]
    with refusal(42206):
        book.delete("e", permanent=True)


def test_nothing_is_deleted_in_a_subject_that_is_only_read(book: Book) -> None:
    book.register("s", '"string"')
    book.apply(ModeRecord("s", "READONLY"))

    with refusal(42205):
        book.delete("s")
    with refusal(42205):
        book.delete("s", 1)


def test_empty_schema_stands_for_the_latest_one(book: Book) -> None:
    with refusal(42201):
        book.plan("s", "")
    version = book.register("s", '"string"')

    assert book.plan("s", "").version == version
