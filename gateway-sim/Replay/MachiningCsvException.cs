namespace StepCloud.GatewaySim.Replay;

/// <summary>A recorded file is not as it should be; the message is one line that says where.</summary>
/// <param name="line">From 1, the header's.</param>
/// <param name="column">From 1, in fields; 0 when the whole line is meant.</param>
public sealed class MachiningCsvException(string file, int line, int column, string reason)
    : Exception(column == 0 ? $"{file}:{line}: {reason}" : $"{file}:{line}: column {column}: {reason}");
