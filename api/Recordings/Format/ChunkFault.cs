using System.Diagnostics;

namespace StepCloud.Api.Recordings.Format;

public enum ChunkFaultKind
{
    /// <summary>The header is not that of this recording; `Other` does not count.</summary>
    Header,

    /// <summary>Its bytes are not what they were, or never were a chunk of this recording.</summary>
    Altered,

    /// <summary>In its place stands another chunk of this recording, `Other`.</summary>
    Moved,

    /// <summary>In its place stands a copy of another chunk, `Other`, which is in its own place too.</summary>
    Duplicated,

    /// <summary>It is not there, nor anything in its place.</summary>
    Missing,

    /// <summary>Its end is missing, and all that came behind it.</summary>
    CutOff,

    /// <summary>Something stands behind the end of the recording.</summary>
    Surplus,
}

/// <summary>What is wrong with a recording, and where.</summary>
/// <param name="Chunk">From 0 on.</param>
/// <param name="Other">The chunk that stands in its place.</param>
public sealed record ChunkFault(int Chunk, ChunkFaultKind Kind, int? Other = null)
{
    /// <summary>In a sentence.</summary>
    public override string ToString() => Kind switch
    {
        ChunkFaultKind.Header => "The header is not that of this recording.",
        ChunkFaultKind.Altered => $"Chunk {Chunk} was altered.",
        ChunkFaultKind.Moved => $"In the place of chunk {Chunk} stands chunk {Other}: they were reordered.",
        ChunkFaultKind.Duplicated => $"In the place of chunk {Chunk} stands a copy of chunk {Other}.",
        ChunkFaultKind.Missing => $"Chunk {Chunk} is missing.",
        ChunkFaultKind.CutOff => $"Chunk {Chunk} is cut off.",
        ChunkFaultKind.Surplus => $"Behind the last chunk stands something else, where chunk {Chunk} would be.",
        _ => throw new UnreachableException(),
    };
}

/// <summary>A recording cannot be read: it is not what was written.</summary>
public sealed class RecordingBrokenException(Guid recording, ChunkFault fault) : Exception($"Recording {recording}: {fault}")
{
    public ChunkFault Fault => fault;
}
