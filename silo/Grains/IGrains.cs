using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Users;

namespace StepCloud.Silo.Grains;

public interface IUserGrain : IUser, IGrainWithGuidKey;

public interface IGatewayGrain : IGateway, IGrainWithGuidKey;

public interface IDeviceGrain : IDevice, IGrainWithGuidKey;
