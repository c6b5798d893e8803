namespace StepCloud.Api.Recordings.Format;

/// <summary>What a frame is; part of its nonce, so that none opens as another kind.</summary>
public enum ChunkKind : byte
{
    /// <summary>A chunk that another one follows.</summary>
    Middle = 0,

    /// <summary>The chunk that ends the recording. Without it the recording is cut off.</summary>
    Last = 1,

    /// <summary>The begun chunk of an upload that rests. It never lies in the file.</summary>
    Tail = 2,

    /// <summary>A text that belongs to the recording, such as the name it came with.</summary>
    Text = 3,
}
