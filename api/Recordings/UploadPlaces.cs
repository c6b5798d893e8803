using Microsoft.Extensions.Options;
using StepCloud.Api.Watching;

namespace StepCloud.Api.Recordings;

/// <summary>Room for bodies that are received at once: whoever comes when there is none is told to come again.</summary>
internal sealed class UploadPlaces : IDisposable
{
    private readonly SemaphoreSlim _places;
    private readonly ApiMetrics _metrics;

    public UploadPlaces(IOptions<RecordingOptions> options, ApiMetrics metrics)
    {
        int placesMax = options.Value.UploadsMax;
        _places = new SemaphoreSlim(placesMax);
        _metrics = metrics;
        metrics.Watch("stepcloud.recordings.uploads", () => placesMax - _places.CurrentCount, "{upload}", "Bodies of recordings that are being received");
        metrics.Watch("stepcloud.recordings.uploads.limit", () => placesMax, "{upload}", "Bodies that may be received at once (Recordings:UploadsMax)");
    }

    /// <returns>Null when as many are received as can be.</returns>
    public IDisposable? TryTake()
    {
        if (_places.Wait(0)) return new Place(_places);
        _metrics.RefusedAsBusy("recordings");
        return null;
    }

    public void Dispose() => _places.Dispose();

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }
}
