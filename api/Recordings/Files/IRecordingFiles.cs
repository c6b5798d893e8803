using StepCloud.Api.Recordings.Format;

namespace StepCloud.Api.Recordings.Files;

/// <summary>Where recordings are written while they are received: on a disk of this machine's.</summary>
internal interface IRecordingFiles
{
    /// <summary>Begins one, under a name that says that it is not finished.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    IUnfinishedRecording Create(string name);

    /// <summary>Goes on with one that was begun.</summary>
    /// <exception cref="IOException">It is not there, or cannot be written.</exception>
    IUnfinishedRecording Resume(string name);

    /// <summary>What somebody has begun, or even finished, to be read.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    IStoredBytes OpenBegun(string name);

    /// <summary>Takes it away, finished or not. That it is not there is no fault.</summary>
    /// <exception cref="IOException">It cannot be taken away.</exception>
    void Delete(string name);

    /// <summary>Whether so many bytes more leave the room that is to be kept.</summary>
    bool HasRoomFor(long bytes);
}

/// <summary>A recording that is being written.</summary>
internal interface IUnfinishedRecording : IRecordingOutput, IStoredBytes
{
    /// <summary>Gives it its name. When this returns, it survives a power cut.</summary>
    /// <exception cref="IOException">That cannot be promised.</exception>
    void Finish();

    /// <summary>Gives back what lies behind that length.</summary>
    void CutTo(long length);
}
