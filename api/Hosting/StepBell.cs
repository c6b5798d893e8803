using StepCloud.Actors.Gateways;
using StepCloud.Api.Mail;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Hosting;

/// <summary>Rings when steps were committed here: they are looked at sooner than at the next time.</summary>
/// <typeparam name="TFor">Who waits for it: each has one of his own.</typeparam>
internal sealed class StepBell<TFor>(ThisNode node) : IDeviceNews, IDisposable
{
    /// <summary>Of what other nodes commit nothing rings here.</summary>
    private static readonly TimeSpan LongestAmongMany = TimeSpan.FromSeconds(1);

    private readonly MailBell _bell = new();

    public void Publish(DeviceNews news)
    {
        if (news.Kind == DeviceNewsKind.StepsCommitted) _bell.Ring();
    }

    /// <summary>Something else happened that is to be looked at soon.</summary>
    public void Ring() => _bell.Ring();

    /// <summary>Waits for the bell, at most for the one time and at least for the other: steps that come without a pause are looked at many at once.</summary>
    public async Task WaitAsync(TimeSpan longest, TimeSpan shortest, TimeProvider clock, CancellationToken cancellationToken)
    {
        await Task.Delay(shortest, clock, cancellationToken);
        await _bell.WaitAsync(node.IsOneOfMany && longest > LongestAmongMany ? LongestAmongMany : longest, clock, cancellationToken);
    }

    public void Dispose() => _bell.Dispose();
}
