"""What a stand-in Replicate holds, how to arrange it, and how it changes. No I/O.

The ids are hashes of what they name, so that the same building steps give the same ids every time.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.sandbox.replicate.things import Account, Deployment, Model, Prediction, Training, Version

Clock = Callable[[], datetime]


def real_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


class Holdings:
    """Everything that a stand-in Replicate knows, and the means to arrange it.

    Models are named `owner/name`. Versions default to the model's newest. The clock decides when an
    accepted deletion has been carried out: `vanish_after` seconds after it was accepted. Lists come in
    pages: `page_size` for versions, deployments and models, `long_page_size` for trainings and predictions.
    """

    def __init__(self, *, clock: Clock = real_clock, vanish_after: float = 30.0, seed: str = "sandbox") -> None:
        self.clock = clock
        self.vanish_after = vanish_after
        self.page_size = 25
        self.long_page_size = 100
        self.accounts: dict[str, Account] = {}
        self.models: dict[str, Model] = {}
        self.renamed: dict[str, str] = {}
        self.deployments: list[Deployment] = []
        self.trainings: list[Training] = []
        self.predictions: list[Prediction] = []
        self.overrides: list[tuple[str, str]] = []
        self.on_change: list[Callable[[], None]] = []
        self._seed = seed
        self._made: Counter[str] = Counter()

    def changed(self) -> None:
        """Tell everyone who listens."""
        for listener in self.on_change:
            listener()

    def change_account(self, token: str, username: str, *, type: str = "organization") -> None:  # noqa: A002  # Replicate's word
        """From now on the token belongs to this account."""
        self.accounts[token] = Account(type, username)
        self.changed()

    def add_account(self, username: str, *, type: str = "organization") -> str:  # noqa: A002  # Replicate's word
        """Another account; the token that it is given.

        A token is one account's, a person's or an organization's, and acts as that one alone: see
        https://replicate.com/docs/topics/security/api-tokens and https://replicate.com/docs/topics/organizations.
        """
        token = f"r8_sandbox_{username}"
        self.change_account(token, username, type=type)
        return token

    def withdraw(self, token: str) -> None:
        """The token is no longer valid."""
        del self.accounts[token]
        self.changed()

    def add_model(
        self,
        ref: str,
        *,
        visibility: str = "private",
        versions: int = 0,
        description: str = "",
        run_count: int = 0,
        readme: str = "",
    ) -> list[str]:
        """A new model, its versions a day apart and the last an hour old; their ids, newest first."""
        owner, _, name = ref.partition("/")
        now = self.clock()
        created = now - timedelta(days=versions + 1)
        self.models[ref] = Model(owner, name, visibility, description, created, run_count=run_count, readme=readme)
        ages = [timedelta(days=age, hours=1) for age in reversed(range(versions))]
        return [self.add_version(ref, created_at=now - age) for age in ages][::-1]

    def add_version(self, ref: str, *, created_at: datetime | None = None, schema: object = None) -> str:
        """A new version of the model, by default of now and with the schema of every other; its id."""
        model = self.models[ref]
        version = Version(self._hash(f"version of {ref}"), created_at or self.clock(), schema=schema)
        model.versions.append(version)
        model.versions.sort(key=lambda version: version.created_at)
        self.changed()
        return version.id

    def make_public(self, ref: str, *, public: bool = True) -> None:
        """Change who may see the model."""
        self.models[ref].visibility = "public" if public else "private"
        self.changed()

    def deploy(
        self, ref: str, version_id: str | None = None, *, name: str | None = None, owner: str | None = None
    ) -> str:
        """A deployment that runs the version, in place of one of the same name; its name."""
        model = self.models[ref]
        name, owner = name or f"{model.name}-live", owner or model.owner
        self.undeploy(name, owner=owner)
        self.deployments.append(Deployment(owner, name, ref, version_id or self.newest(ref), self.clock()))
        self.changed()
        return name

    def undeploy(self, name: str, *, owner: str) -> None:
        """Take the deployment down, if there is one."""
        self.deployments = [d for d in self.deployments if (d.owner, d.name) != (owner, name)]
        self.changed()

    def train(
        self, ref: str, version_id: str | None = None, *, output: str | None = None, owner: str | None = None
    ) -> str:
        """A training based on the version; its id. With an `output` (`owner/name:id`) it has succeeded."""
        training = Training(
            id=self._short(f"training of {ref}"),
            owner=owner or self.models[ref].owner,
            model=ref,
            version_id=version_id or self.newest(ref),
            output=output,
            status="succeeded" if output else "processing",
            created_at=self.clock(),
        )
        self.trainings.append(training)
        self.changed()
        return training.id

    def predict(
        self,
        ref: str,
        version_id: str | None = None,
        *,
        by: str | None = None,
        created_at: datetime | None = None,
        told: str | None = "version",
        names_model: bool = True,
        source: str = "api",
        deployment: str | None = None,
    ) -> str:
        """A prediction by the model's owner, or by somebody else; its id.

        What is `told` of the version may be "hidden", None, or the id of a deployment, as in the published examples:
        `dp-` and 32 hexadecimal digits.
        """
        prediction = Prediction(
            id=self._short(f"prediction with {ref}"),
            by=by or self.models[ref].owner,
            model=ref if names_model else "",
            version_id=version_id or self.newest(ref),
            created_at=created_at or self.clock(),
            told=told,
            source=source,
            deployment=deployment,
        )
        self.predictions.append(prediction)
        self.changed()
        return prediction.id

    def predicted_by_others(self, ref: str, version_id: str | None = None) -> str:
        """A prediction by somebody who does not own the model; its id."""
        return self.predict(ref, version_id, by="somebody-else")

    def override(self, version_id: str, *, by: str) -> None:
        """Another version, `by`, is overridden to use this one."""
        self.overrides.append((version_id, by))
        self.changed()

    def rename(self, ref: str, name: str) -> str:
        """Give the model another name; the old one goes on leading to it. Returns the new reference."""
        model = self.models.pop(ref)
        model.name = name
        self.models[model.ref] = model
        self.renamed[ref] = model.ref
        self.changed()
        return model.ref

    def remove_model(self, ref: str) -> None:
        """The model is gone."""
        del self.models[ref]
        self.changed()

    def accept_deletion(self, version: Version) -> None:
        """The version will vanish `vanish_after` seconds after it was first asked to."""
        version.delete_requests += 1
        version.deleting_since = version.deleting_since or self.clock()
        self.changed()

    def sweep(self) -> None:
        """Carry out the accepted deletions that are due: the versions and their predictions vanish."""
        before = self.clock() - timedelta(seconds=self.vanish_after)
        due = {
            version.id
            for model in self.models.values()
            for version in model.versions
            if version.deleting_since is not None and version.deleting_since <= before
        }
        if due:
            self._forget(due)

    def newest(self, ref: str) -> str:
        """The id of the model's newest version."""
        return self.models[ref].versions[-1].id

    def _forget(self, version_ids: set[str]) -> None:
        for model in self.models.values():
            model.versions = [version for version in model.versions if version.id not in version_ids]
        self.predictions = [p for p in self.predictions if p.version_id not in version_ids]
        self.changed()

    def _hash(self, what: str) -> str:
        self._made[what] += 1
        return hashlib.sha256(f"{self._seed}/{what}/{self._made[what]}".encode()).hexdigest()

    def _short(self, what: str) -> str:
        """An id as predictions and trainings have them: 26 letters and digits."""
        return base64.b32encode(bytes.fromhex(self._hash(what)))[:26].decode().lower()
