using Orleans.Runtime.Messaging;
using StepCloud.Actors.Hosting;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Users;
using StepCloud.Storage;

namespace StepCloud.Silo.Calls;

/// <summary>Calls that a dying node has not answered are made again, where that is harmless; others tell their caller to try again.</summary>
internal sealed class RepeatedCalls(TimeProvider clock) : IOutgoingGrainCallFilter
{
    public const string Transient = "stepcloud.transient";

    /// <summary>Longer than the others need to agree that a node is dead.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Done a second time they would say something else: that a password is wrong which they have changed, that an id is taken which they took.</summary>
    private static readonly HashSet<string> DoneOnce =
    [
        nameof(IUser.ChangePasswordAsync), nameof(IUser.RecoverAsync), nameof(IUser.SignInAsync), nameof(IUser.ProveAsync), nameof(IUser.BeginSecondFactorAsync),
        nameof(IUser.ConfirmSecondFactorAsync), nameof(IUser.DisableSecondFactorAsync), nameof(IUser.CreateGatewayAsync), nameof(IUser.SendCommandAsync),
        nameof(IGateway.SendCommandAsync), nameof(IGateway.StartSessionAsync),
    ];

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType is not { } declaring || !ContractJson.IsContract(declaring))
        {
            await context.Invoke();
            return;
        }

        long start = clock.GetTimestamp();
        while (true)
        {
            try
            {
                await context.Invoke();
                return;
            }
            catch (Exception e) when (IsOfTheCluster(e))
            {
                bool mayRepeat = IsNeverBegun(e) || !DoneOnce.Contains(context.MethodName);
                if (!mayRepeat || clock.GetElapsedTime(start) >= Patience) throw new ActorBusyException("The node that had the actor is gone.", e);
                await Task.Delay(Pause, clock);
            }
            catch (StorageException e) when (!e.IsTransient && e.Data.Contains(Transient))
            {
                throw new StorageException(e.Message, isTransient: true, e);
            }
            catch (LimitExceededException e)
            {
                throw new ActorBusyException(e.Message, e);
            }
        }
    }

    private static bool IsOfTheCluster(Exception exception) =>
        exception is SiloUnavailableException or ConnectionFailedException or GatewayTooBusyException || IsNeverBegun(exception);

    private static bool IsNeverBegun(Exception exception) => exception is OrleansMessageRejectionException or ClientNotAvailableException;
}
