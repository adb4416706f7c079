"""The kernelspec is there after the installation, with all that clients look for."""

from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager


def test_the_installed_kernelspec_has_a_logo_and_the_right_words() -> None:
    spec = KernelSpecManager().get_kernel_spec("effecttalk")
    assert (spec.display_name, spec.language) == ("EffectTalk", "bash")
    assert spec.interrupt_mode == "message"
    logos = {path.name for path in Path(spec.resource_dir).glob("logo-*")}
    assert logos == {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}


def test_the_installed_kernelspec_can_be_encrypted() -> None:
    spec = KernelSpecManager().get_kernel_spec("effecttalk")
    assert spec.metadata["supported_encryption"] == ["curve"]
