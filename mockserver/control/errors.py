"""A refusal by a control route: ``{"error": ...}``, never the emulated API's envelope."""


class ControlError(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
