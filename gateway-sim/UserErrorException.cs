namespace StepCloud.GatewaySim;

/// <summary>Something the caller can set right: the message is one clear line, the exit code is 2.</summary>
public sealed class UserErrorException(string message) : Exception(message);
