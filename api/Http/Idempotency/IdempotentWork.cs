using StepCloud.Actors.Ports;
using StepCloud.Storage;

namespace StepCloud.Api.Http.Idempotency;

/// <summary>A request with a key while it is worked on: a feature of its context.</summary>
internal sealed class IdempotentWork(ClaimedRequest request, ISealing sealing)
{
    /// <summary>Its answer, as the route makes it of what its transaction comes to.</summary>
    public AnswerInTransaction<T> Answer<T>(HttpContext context, Func<T, IResult> answer) => new(request, async outcome =>
    {
        KeptAnswer kept = await KeptAnswer.DrawAsync(context, answer(outcome));
        return (kept.Status, kept.Seal(sealing, request.Holder, request.Key));
    });
}

/// <summary>
/// Stands on routes whose POST does all that it does in one transaction, which keeps the answer: what has none was not done, and is done by
/// whoever comes with the same key, once the process that had begun it is gone.
/// </summary>
internal sealed class OneTransaction
{
    public static readonly OneTransaction Instance = new();
}

internal static class IdempotentWorkExtensions
{
    /// <returns>Null for a request without a key.</returns>
    public static AnswerInTransaction<T>? AnswerInTransaction<T>(this HttpContext context, Func<T, IResult> answer) =>
        context.Features.Get<IdempotentWork>()?.Answer(context, answer);
}
