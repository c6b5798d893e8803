using StepCloud.Api.Recordings.Format;

namespace StepCloud.Api.Recordings.Files;

/// <summary>Where finished recordings lie, each by a random name that tells nothing.</summary>
/// <remarks>
/// Whatever says that something is not there, or is not as it was, has heard so from the place itself. That nothing was heard, or that the place refuses, is a
/// <see cref="StoreAwayException"/>, from every method: it says nothing about a recording.
/// </remarks>
internal interface IRecordingPlace
{
    /// <summary>As the rows of recordings have it: one of <see cref="Storage.Recordings.RecordingPlaceNames"/>.</summary>
    string Store { get; }

    /// <summary>Where that is, for whoever looks after it: the folder, or service, bucket and prefix.</summary>
    string Location { get; }

    /// <summary>How often what belongs to nothing is looked for.</summary>
    TimeSpan SweepEvery { get; }

    /// <param name="from">Where reading is to begin.</param>
    /// <param name="until">Behind what will be read, as far as is known: no more is asked for than that, or what is read all the same.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    Task<IStoredBytes> OpenAsync(string name, long from, long until, CancellationToken cancellationToken);

    /// <summary>Puts a copy of all the bytes there, in constant memory. When this returns, it survives a power cut.</summary>
    /// <exception cref="IOException">The source cannot be read, or the copy not be written; what there is of it is taken away by <see cref="DeleteAsync"/>.</exception>
    Task PutAsync(string name, IStoredBytes source, CancellationToken cancellationToken);

    /// <summary>Takes it away, finished or not. That it is not there is no fault.</summary>
    /// <exception cref="IOException">It cannot be taken away.</exception>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Which installation's it is, as its mark says. Nothing is made or changed.</summary>
    /// <returns>Null when there is no mark.</returns>
    Task<string?> FindOwnerAsync(CancellationToken cancellationToken);

    /// <summary>Marks it as that installation's, unless it has another mark by now than it had.</summary>
    /// <param name="former">The mark that it had; null for none.</param>
    Task MarkAsync(string installation, string? former, CancellationToken cancellationToken);

    /// <summary>All names, finished or not, in no order, some of them perhaps more than once. What is named otherwise than recordings is not told.</summary>
    IAsyncEnumerable<PlacedName> ListAsync(CancellationToken cancellationToken);
}

/// <param name="ChangedAt">When its bytes were written last, by the clock of the place.</param>
internal readonly record struct PlacedName(string Name, DateTimeOffset ChangedAt);

/// <summary>A place of recordings does not answer, refuses to, or is not the one that was meant: nothing is known of what lies there.</summary>
internal sealed class StoreAwayException(string store, string problem, Exception? inner = null) : Exception($"The store '{store}' of recordings: {problem}", inner)
{
    public string Store => store;

    /// <summary>It answers, and is not this installation's: settings are to be changed.</summary>
    public bool IsNotOurs { get; init; }
}
