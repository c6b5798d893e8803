using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings.Files.S3;

/// <summary>What an answer of the service means: that an object is not there, or that nothing is known.</summary>
internal static class S3Faults
{
    /// <summary>Runs requests, and tells their failures as <see cref="IRecordingPlace"/> has them.</summary>
    /// <param name="patience">For all of it.</param>
    public static async Task<T> TryAsync<T>(Func<CancellationToken, Task<T>> request, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(patience, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await request(either.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not (StoreAwayException or FileNotFoundException) && IsOfService(e))
        {
            throw Tell(e);
        }
    }

    private static bool IsOfService(Exception exception) =>
        exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or OperationCanceledException or TimeoutException;

    private static Exception Tell(Exception exception) => exception switch
    {
        // A key without the right to list the bucket is told 403 for what is not there; a bucket that is missing is no recording that is.
        AmazonS3Exception { StatusCode: HttpStatusCode.NotFound, ErrorCode: "NoSuchKey" } => new FileNotFoundException("There is no such object in the bucket.", exception),
        AmazonS3Exception refused => new StoreAwayException(RecordingPlaceNames.S3, $"it answers {(int)refused.StatusCode} {refused.ErrorCode}.", exception),
        OperationCanceledException or TimeoutException => new StoreAwayException(RecordingPlaceNames.S3, "it does not answer in time.", exception),
        _ => new StoreAwayException(RecordingPlaceNames.S3, "it does not answer.", exception),
    };
}
