"""The manifests for Kubernetes: secure, complete, consistent with the program, and valid."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-not-found]
import pytest
import yaml

from portal.checks import INSECURE_KEY
from portal.devtools.child_environments import is_ours
from portal.devtools.folders import ROOT
from portal.version import VERSION

FOLDER = ROOT / "deploy" / "kubernetes"
KUBECTL = shutil.which("kubectl")
SCHEMAS = "1.34"

needs_kubectl = pytest.mark.skipif(KUBECTL is None, reason="not installed: kubectl")
Manifest = dict[str, Any]


def read(name: str) -> list[Manifest]:
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


@cache
def base() -> list[Manifest]:
    (customization,) = read("base/kustomization.yaml")
    return [each for name in customization["resources"] for each in read(f"base/{name}")]


@cache
def example() -> list[Manifest]:
    """What `kubectl apply --kustomize` would send."""
    command = [str(KUBECTL), "kustomize", str(FOLDER / "example")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


def one(manifests: list[Manifest], kind: str, name: str = "menkou") -> Manifest:
    (found,) = (
        each for each in manifests if each["kind"] == kind and each["metadata"]["name"] == name
    )
    return found


def pods(manifests: list[Manifest]) -> list[Manifest]:
    return [
        each["spec"]["template"]["spec"]
        for each in manifests
        if each["kind"] in {"Deployment", "Job"}
    ]


def containers(manifests: list[Manifest]) -> Iterator[Manifest]:
    for pod in pods(manifests):
        yield from (*pod.get("initContainers", []), *pod["containers"])


def settings(name: str) -> dict[str, str]:
    lines = (FOLDER / name / "settings.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_no_container_has_more_permissions_than_it_needs() -> None:
    assert len(pods(base())) == 3
    for pod in pods(base()):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
    for container in containers(base()):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_two_servers_are_watched_and_never_stopped_together() -> None:
    server = one(base(), "Deployment")["spec"]
    (container,) = server["template"]["spec"]["containers"]
    probed = {
        name: container[f"{name}Probe"]["httpGet"]["path"]
        for name in ("startup", "readiness", "liveness")
    }

    assert server["replicas"] == 2
    assert server["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert one(base(), "PodDisruptionBudget")["spec"]["minAvailable"] == 1
    # An old server is not ready after the migration of a new release, but must go on.
    assert probed == {"startup": "/readyz", "readiness": "/healthz", "liveness": "/healthz"}


def test_every_volume_that_is_mounted_exists() -> None:
    for pod in pods(base()):
        mounted = {
            mount["name"]
            for container in (*pod.get("initContainers", []), *pod["containers"])
            for mount in container["volumeMounts"]
        }
        assert mounted == {each["name"] for each in pod["volumes"]}


def test_selectors_find_what_they_are_for() -> None:
    server = one(base(), "Deployment")["spec"]
    labels = server["template"]["metadata"]["labels"].items()

    for selector in (
        server["selector"]["matchLabels"],
        one(base(), "Service")["spec"]["selector"],
        one(base(), "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        one(base(), "NetworkPolicy", "menkou-server")["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels


@pytest.mark.parametrize("folder", ["base", "example"])
def test_every_setting_exists(folder: str) -> None:
    explained = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    names = settings(folder).keys() - {"PGSSLMODE", "PGSSLROOTCERT"}

    assert [name for name in names if not is_ours(name)] == []
    assert [name for name in names if name.removesuffix("_FILE") not in explained] == []


@pytest.mark.parametrize("folder", ["base", "example"])
def test_the_image_has_the_version_of_the_release(folder: str) -> None:
    (customization,) = read(f"{folder}/kustomization.yaml")

    assert [each["newTag"] for each in customization["images"]] == [VERSION]
    assert {each["image"] for each in containers(base())} == {"menkou"}


@needs_kubectl
def test_the_hosts_of_the_example_are_those_of_its_settings() -> None:
    given = settings("example")
    hosts = [given["MENKOU_PORTAL_HOST"], f"*.{given['MENKOU_PROJECT_DOMAIN']}"]
    ingress = one(example(), "Ingress")["spec"]

    assert [rule["host"] for rule in ingress["rules"]] == hosts
    assert ingress["tls"][0]["hosts"] == hosts


@needs_kubectl
def test_what_the_example_refers_to_is_there() -> None:
    made = {(each["kind"], each["metadata"]["name"]) for each in example()}
    by_operator = {("Secret", "menkou-database-app"), ("Secret", "menkou-database-ca")}
    named = {
        ("ConfigMap", source["configMapRef"]["name"])
        for container in containers(example())
        for source in container.get("envFrom", [])
    } | {
        ("Secret", volume["secret"]["secretName"])
        for pod in pods(example())
        for volume in pod["volumes"]
        if "secret" in volume
    }

    assert named >= by_operator
    assert named <= made | by_operator
    assert {each["metadata"].get("namespace") for each in example()} == {"menkou", None}


@needs_kubectl
def test_policies_are_for_our_own_pods() -> None:
    for name in ("menkou", "menkou-server"):
        selector = one(example(), "NetworkPolicy", name)["spec"]["podSelector"]["matchLabels"]
        assert selector["app.kubernetes.io/name"] == "menkou"


@needs_kubectl
def test_name_servers_can_be_reached() -> None:
    (to, *_) = one(example(), "NetworkPolicy")["spec"]["egress"]

    # Kustomize has not added our own labels to those of the name servers.
    assert [each["podSelector"].keys() for each in to["to"]] == [{"matchExpressions"}]


@needs_kubectl
def test_the_example_follows_the_published_schemas() -> None:
    for manifest in example():
        # CloudNativePG's own kind has no published schema there.
        if manifest["apiVersion"] != "postgresql.cnpg.io/v1":
            kubernetes_validate.validate(manifest, SCHEMAS, strict=True)


def test_the_page_names_every_file() -> None:
    page = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    files = {path.name for path in FOLDER.rglob("*.*") if path.is_file()} - {"kustomization.yaml"}

    assert sorted(name for name in files if name not in page) == []
    assert Path("deploy/kubernetes/example").as_posix() in page


def test_the_secret_key_of_the_example_starts_no_server() -> None:
    key = (FOLDER / "example" / "secrets" / "secret-key").read_text(encoding="utf-8")
    assert key.startswith(INSECURE_KEY)
