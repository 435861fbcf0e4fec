"""Writes the D4RL files beside it, as h5py and NumPy write them: python3 make.py

Every file holds the same twelve steps, in one of the shapes such files have had. The last three have actions of a
finite set, and the one before them is made to be refused.
"""
import os

import h5py
import numpy as np
import scipy.sparse

N = 12
ROWS = np.arange(N)
COLUMNS = {
    'observations': np.stack([ROWS, 100 + ROWS], axis=1),
    'actions': ROWS[:, None] / 16,  # exact, even in half precision
    'rewards': 1 + ROWS,
    'terminals': np.isin(ROWS, [4, 7]),
    'timeouts': np.isin(ROWS, [2, 7, 9]),  # row 7 is both; rows 10 and 11 are an episode without an end
    'next_observations': np.stack([1 + ROWS, 101 + ROWS], axis=1),
    'infos/action_log_probs': -ROWS / 8,
}
REQUIRED = ['observations', 'actions', 'rewards', 'terminals']
FLAGS = ['terminals', 'timeouts']


def write(name, keys, numbers='<f4', flags='?', as_column=(), steps=N, libver='earliest', then=None, **storage):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with h5py.File(path, 'w', libver=libver, meta_block_size=256) as file:
        for key in keys:
            values = COLUMNS[key][:steps].astype(flags if key in FLAGS else numbers)
            file.create_dataset(key, data=values[:, None] if key in as_column else values, **storage)
        if then is not None:
            then(file)


def metadata(file):
    file['metadata/algorithm'] = np.bytes_('SAC')
    file['metadata/iteration'] = np.int32(100)
    file['metadata/deterministic'] = np.bool_(False)
    file['metadata/learning_rate'] = np.float32(3e-4)
    file['metadata/discount'] = 0.99
    file['metadata/seed'] = np.uint64(2**64 - 1)
    file['metadata/author'] = 'naïve'  # of variable length
    file['metadata/environment'] = np.array([b'hopper'])
    file['metadata/nothing'] = h5py.Empty('f4')
    file['metadata/policy/nonlinearity'] = np.bytes_('relu')
    file['metadata/policy/fc0/weight'] = np.ones((4, 2), np.float32)
    file['metadata/policy/fc0/bias'] = np.zeros(4, np.float32)
    padded = h5py.h5t.C_S1.copy()  # as Fortran writes
    padded.set_size(8)
    padded.set_strpad(h5py.h5t.STR_SPACEPAD)
    text = h5py.h5d.create(file['metadata'].id, b'padded', padded, h5py.h5s.create(h5py.h5s.SCALAR))
    text.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array(b'v2      ', 'S8'), padded)


def infos(file):
    file['infos/qpos'] = np.ones((N, 3))
    metadata(file)


GZIP = {'compression': 'gzip', 'chunks': True}
# The least a file may hold, contiguous.
write('least.hdf5', REQUIRED)
# Replay buffers: double precision, columns N×1, flags as uint8.
write('replay.hdf5', REQUIRED + ['timeouts'], '<f8', 'u1', as_column=['rewards'] + FLAGS, **GZIP)
# The newest layout: everything there is, with the weights of the policy.
write('newest.hdf5', COLUMNS, as_column=['infos/action_log_probs'], then=infos, **GZIP)
# Shuffled and checksummed chunks that can grow, in the file format of HDF5 1.10.
write('growing.hdf5', COLUMNS, flags='i1', libver=('v110', 'v110'), shuffle=True, fletcher32=True,
      compression='gzip', **{'maxshape': None, 'chunks': True})
# Written on another machine.
write('big_endian.hdf5', COLUMNS, '>f8', '>i4')
write('integer_flags.hdf5', REQUIRED + ['timeouts'], flags='<i4')
write('float_flags.hdf5', REQUIRED + ['timeouts'], flags='<f4', as_column=['rewards', 'timeouts'])
write('double_flags.hdf5', REQUIRED + ['next_observations'], flags='<f8', as_column=['terminals'])
write('half_precision.hdf5', COLUMNS, '<f2', '<i8')
# As HDF5 from 1.12 on writes where nobody asks it not to; this file needs such an HDF5 under h5py.
write('latest.hdf5', REQUIRED, libver='latest')
# Seven steps whose reading by others is known: time-outs at 2 and 6, a terminal at 4.
COLUMNS['timeouts'] = np.isin(ROWS, [2, 6])
write('seven.hdf5', REQUIRED + ['timeouts'], steps=7)


def refused(file):
    file.create_dataset('rewards', data=COLUMNS['rewards'], compression='lzf')  # a filter that only h5py has
    file['timeouts'] = h5py.SoftLink('/lost')
    file['records'] = np.zeros(N, [('value', '<f4'), ('weight', '<f4')])


write('refused.hdf5', ['observations', 'actions'], then=refused)

# Finite actions. States are numbers, as Gymnasium's Discrete spaces have them, or rows of a sparse matrix: of one-hot
# states, and of bags of words with features out of order and none in row 3.
STATES = ROWS % 5
COLUMNS['actions'] = ROWS % 3
COLUMNS['timeouts'] = np.isin(ROWS, [2, 7, 9])
COLUMNS['observations'] = STATES
COLUMNS['next_observations'] = (STATES + 1) % 5
write('discrete.hdf5', COLUMNS, '<i8')


def sparse(observations, next_observations):
    def then(file):
        for name, matrix in [('observations', observations), ('next_observations', next_observations)]:
            for part in ['data', 'indices', 'indptr', 'shape']:
                file[f'{name}/{part}'] = getattr(matrix, part)
        file['actions'] = COLUMNS['actions'][:, None].astype('<i4')
        file['metadata/action_count'] = 4
    return then


def one_hot(states):
    return scipy.sparse.csr_matrix((np.ones(N, np.float32), (ROWS, states)), (N, 6))


KEYS = ['rewards', 'terminals', 'timeouts']
write('sparse_states.hdf5', KEYS, then=sparse(one_hot(STATES), one_hot((STATES + 1) % 5)))
BAGS = scipy.sparse.csr_matrix((np.array([2., 1, .5, 3]), np.array([7, 0, 1, 7]), [0, 2, 3, 3, 3] + [4] * (N - 4)), (N, 8))
write('bags.hdf5', KEYS, then=sparse(BAGS, BAGS))
