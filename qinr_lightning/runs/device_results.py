"""What devices have measured for a run, kept in its folder so that it is not paid for twice."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from qinr_lightning.errors import SettingError
from qinr_lightning.runs.folder import DEVICE_RESULTS, read_json, write_json


class DeviceResults:
    """Expectation values by the name of their circuit, written whole whenever some are added.

    Raises:
        SettingError: When there is such a file and it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / DEVICE_RESULTS
        try:
            self._values: dict[str, Sequence[float]] = read_json(self.path) if self.path.exists() else {}
        except ValueError as error:
            raise SettingError(
                "run", self.path, f"is not a readable {DEVICE_RESULTS}; delete it to have all measured anew"
            ) from error

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, key: str) -> Sequence[float]:
        return self._values[key]

    def add(self, measured: Mapping[str, Sequence[float]]) -> None:
        self._values.update(measured)
        write_json(self.path, self._values)
